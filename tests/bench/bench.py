"""One run of every measurement, as a table and as JSON: `python -m tests.bench.bench`.

Absolute times are those of the machine; what carries over is the ratios, which is why both sides
are measured in the same run.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torchvision

from tests.app_server import ROOT, serve
from tests.bench import controls
from tests.bench.bench_page import chromium
from tests.bench.control_times import ControlTimes, control_times
from tests.bench.design_times import design_times
from tests.bench.frame_rate import frame_rates
from tests.bench.labels_times import labels_times
from tests.bench.memory_growth import memory_growth
from tests.bench.model_times import model_times
from tests.bench.nms_times import nms_times, threshold_times
from tests.bench.presses import Presses, measure_bare, measure_naive, measure_ours
from tests.bench.scenes import MOST, OWN, SCENES
from tests.bench.stage_times import stage_times
from tests.bench.start_times import start_times
from tests.bench.tables import table
from tests.process_memory import peak_megabytes

MODELS = ("lite0-fpn", "lite0-c4")
RESULTS = ROOT / "bench-results"


def machine_facts() -> dict[str, Any]:
    return {
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "python": platform.python_version(),
        "machine": platform.platform(),
        "cores": os.cpu_count(),
        "torch": torch.__version__,
        "torchvision": torchvision.__version__,
        "torch_threads": torch.get_num_threads(),
        "load_average_1min_before": os.getloadavg()[0],
    }


def summary(presses: Presses) -> dict[str, Any]:
    return {**_percentiles(presses.milliseconds), **asdict(presses)}


def _percentiles(times: tuple[float, ...]) -> dict[str, float | None]:
    """p50 and p95 in milliseconds, where there is anything to take them of."""
    p50, p95 = np.percentile(times, (50, 95)).round(1).tolist() if times else (None, None)
    return {"p50_ms": p50, "p95_ms": p95}


def press_times(count: int, limit_s: float) -> dict[str, Any]:
    """The bare page, ours and the naive one, each on its own server; memory at the end of each."""
    rows: dict[int, dict[str, Any]] = {scene.anchors: {} for scene in SCENES}
    memory: dict[str, float | None] = {}
    pages = {
        "ours": ("app.py", measure_ours),
        "naive": ("tests/bench/naive_app.py", measure_naive),
    }
    with serve("tests/bench/bare_app.py") as server, chromium() as browser:
        print("  bare page ...", file=sys.stderr, flush=True)
        bare = summary(measure_bare(browser, server.url, count, limit_s))
        memory["bare"] = peak_megabytes(server.pid)
    for name, (script, measure) in pages.items():
        with serve(script) as server, chromium() as browser:
            for scene in SCENES:
                print(f"  {name}, {scene.anchors:,} anchors ...", file=sys.stderr, flush=True)
                presses = measure(browser, server.url, scene, count, limit_s)
                rows[scene.anchors][name] = summary(presses)
            memory[name] = peak_megabytes(server.pid)
    return {
        "scenes": [
            {"anchors": scene.anchors, "link": scene.query, **rows[scene.anchors]}
            for scene in SCENES
        ],
        "bare": bare,
        "peak_memory_MB": memory,
    }


def live_times(count: int, limit_s: float, changes: int) -> dict[str, Any]:
    """What a person feels of the page: every control, drags, the start, memory as time goes by."""
    measured: list[dict[str, Any]] = []
    with chromium() as browser:
        with serve("app.py") as server:
            for on in controls.ALL:
                by_scene = []
                for scene in on.scenes:
                    print(
                        f"  {on.what}, {scene.anchors:,} anchors ...", file=sys.stderr, flush=True
                    )
                    rows = control_times(browser, server.url, on, scene, count, limit_s)
                    by_scene.append(
                        {
                            "anchors": scene.anchors,
                            "link": scene.query,
                            "controls": [_control_summary(row) for row in rows],
                        }
                    )
                measured.append({"what": on.what, "scenes": by_scene})
            print("  drags ...", file=sys.stderr, flush=True)
            drags = {
                scene.anchors: [asdict(rate) for rate in frame_rates(browser, server.url, scene)]
                for scene in (OWN, MOST)
            }
        print("  starts ...", file=sys.stderr, flush=True)
        starts = [asdict(start) for start in start_times(browser)]
        print(f"  memory, {changes} changes ...", file=sys.stderr, flush=True)
        memory = asdict(memory_growth(browser, changes))
    return {"controls": measured, "drags": drags, "starts": starts, "memory": memory}


def _control_summary(row: ControlTimes) -> dict[str, Any]:
    return {**_percentiles(row.milliseconds), **asdict(row)}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tests.bench.bench")
    parser.add_argument("--quick", action="store_true", help="few repeats, for development")
    parser.add_argument("--no-browser", action="store_true", help="stages and NMS only")
    parser.add_argument("--presses", type=int, help="presses measured a case (20; quick: 4)")
    parser.add_argument("--limit", type=float, help="seconds a press may take (60; quick: 20)")
    return parser.parse_args()


def main() -> None:
    arguments = _arguments()
    # As with Ctrl-C, what is open is closed on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    quick = arguments.quick
    repeats = 5 if quick else 30
    result: dict[str, Any] = {"machine": machine_facts(), "quick": quick}
    if not arguments.no_browser:
        count = arguments.presses or (4 if quick else 20)
        limit_s = arguments.limit or (20 if quick else 60)
        result["presses"] = press_times(count, limit_s)
        result["live"] = live_times(count, limit_s, changes=20 if quick else 200)
    result["stages_ms"] = stage_times(SCENES[-1], repeats)
    result["models"] = asdict(model_times(MODELS, max(5, repeats // 2)))
    result["nms"] = [asdict(row) for row in nms_times(repeats)]
    result["nms_every_threshold"] = asdict(threshold_times(max(3, repeats // 4)))
    if not quick:  # a data set as large as COCO's training set
        result["labels"] = {way: asdict(cost) for way, cost in labels_times().items()}
        result["design"] = asdict(design_times())
    result["machine"]["load_average_1min_after"] = os.getloadavg()[0]
    print(table(result))
    print(f"\nwritten to {_write(result).relative_to(ROOT)}")


def _write(result: dict[str, Any]) -> Path:
    RESULTS.mkdir(exist_ok=True)
    stamp = result["machine"]["time"].replace(":", "")
    path = RESULTS / f"bench-{stamp}.json"
    path.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return path


if __name__ == "__main__":
    main()
