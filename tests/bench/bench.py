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

from tests.bench.design_times import design_times
from tests.bench.labels_times import labels_times
from tests.bench.model_times import LONG_SIDE, WIDE, model_times
from tests.bench.nms_times import NMS_THRESH, nms_times, threshold_times
from tests.bench.presses import Presses, chromium, measure_naive, measure_ours
from tests.bench.scenes import SCENES
from tests.bench.serving import ROOT, serve
from tests.bench.stage_times import stage_times

MODELS = ("lite0-fpn", "lite0-c4")
RESULTS = ROOT / "bench-results"
BUSY = 0.5  # others' share of the cores above which times are not to be trusted


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
    """p50 and p95 in milliseconds, where there is anything to take them of."""
    times = presses.milliseconds
    p50, p95 = np.percentile(times, (50, 95)).round(1).tolist() if times else (None, None)
    return {"p50_ms": p50, "p95_ms": p95, **asdict(presses)}


def press_times(count: int, limit_s: float) -> dict[str, Any]:
    """Ours and the naive page, each on a server of its own; memory at the end of each."""
    rows: dict[int, dict[str, Any]] = {scene.anchors: {} for scene in SCENES}
    memory: dict[str, float | None] = {}
    pages = {
        "ours": ("app.py", measure_ours),
        "naive": ("tests/bench/naive_app.py", measure_naive),
    }
    for name, (script, measure) in pages.items():
        with serve(script) as server, chromium() as browser:
            for scene in SCENES:
                print(f"  {name}, {scene.anchors:,} anchors ...", file=sys.stderr, flush=True)
                presses = measure(browser, server.url, scene, count, limit_s)
                rows[scene.anchors][name] = summary(presses)
            memory[name] = server.peak_megabytes()
    return {
        "scenes": [
            {"anchors": scene.anchors, "link": scene.query, **rows[scene.anchors]}
            for scene in SCENES
        ],
        "peak_memory_MB": memory,
    }


def _milliseconds(side: dict[str, Any]) -> str:
    if side["p50_ms"] is None:
        return f"more than {side['gave_up_after_s']:g} s"
    stopped = side["gave_up_after_s"]
    end = f" (one took more than {stopped:g} s)" if stopped else ""
    return f"{side['p50_ms']:,.0f} / {side['p95_ms']:,.0f}{end}"


def _ratio(row: dict[str, Any]) -> str:
    ours, naive = row["ours"]["p50_ms"], row["naive"]["p50_ms"]
    if ours is None:
        return "-"
    if naive is None:
        return f"more than {row['naive']['gave_up_after_s'] * 1000 / ours:.0f}"
    return f"{naive / ours:.1f}"


def table(result: dict[str, Any]) -> str:
    """All results for people, as Markdown."""
    facts = result["machine"]
    load = facts["load_average_1min_before"]
    lines = [
        f"{facts['cores']} cores, torch {facts['torch']} with {facts['torch_threads']} threads, "
        f"load average before the run {load:.2f}",
    ]
    if load > BUSY * (facts["cores"] or 1):
        lines.append("**Noisy: other programs were using the cores, so times are too long.**")
    if "presses" in result:
        lines += _press_lines(result["presses"])
    lines += ["", f"| stage, {SCENES[-1].anchors:,} anchors | median, ms |", "|---|---|"]
    lines += [f"| {name} | {ms:.1f} |" for name, ms in result["stages_ms"].items()]
    lines += [
        "",
        f"| NMS, IoU {NMS_THRESH}: boxes -> kept | ours, ms | ours to the end, ms "
        "| torchvision, ms | ratio |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {row['boxes']:,} -> {row['limit']:,} of {row['survivors']:,} | {row['stopped']:.2f} "
        f"| {row['complete']:.2f} | {row['torchvision']:.1f} "
        f"| {row['torchvision'] / row['stopped']:.0f} |"
        for row in result["nms"]
    ]
    lines += _model_lines(result["models"])
    every = result["nms_every_threshold"]
    lines += [
        "",
        f"NMS at 101 thresholds, {every['boxes']:,} boxes: at once {every['at_once']:.1f} ms; "
        f"101 runs {every['runs']:.0f} ms (x {every['runs'] / every['at_once']:.0f}); "
        f"101 runs of torchvision's {every['torchvision']:,.0f} ms "
        f"(x {every['torchvision'] / every['at_once']:.0f})",
    ]
    if "labels" in result:
        lines += _data_set_lines(result["labels"], result["design"])
    return "\n".join(lines)


def _data_set_lines(labels: dict[str, Any], design: dict[str, Any]) -> list[str]:
    """Boxes as many as COCO's training set has: read, checked, measured."""
    lines = ["", "| reading boxes | s | then lint, s | MB |", "|---|---|---|---|"]
    lines += [
        f"| {way}: {cost['boxes']:,} boxes of {cost['images']:,} images | {cost['seconds']:.1f} "
        f"| {cost['lint_seconds']:.1f} | {cost['memory_mb']:,.0f} |"
        for way, cost in labels.items()
    ]
    laid = design["laid_seconds"] / design["coverage_seconds"]
    lines += [
        "",
        f"coverage of {design['objects']:,} objects by {design['shapes']} shapes: "
        f"{design['coverage_seconds']:.1f} s, laying every anchor about {laid:,.0f} times as long; "
        f"a suggestion {design['suggest_seconds']:.1f} s",
    ]
    return lines


def _model_lines(models: dict[str, Any]) -> list[str]:
    """Each proposer's time, and how many times as long as our first model the others take."""
    lines: list[str] = []
    for what, times in (
        (f"network at {WIDE[0]} x {WIDE[1]}", models["networks"]),
        (f"photo to proposals at {LONG_SIDE} px", models["proposals"]),
    ):
        ours = times[MODELS[0]]
        lines += ["", f"| {what} | median, ms | x {MODELS[0]} |", "|---|---|---|"]
        for name, ms in times.items():
            precision = models["precision"].get(name)
            words = f"{name} ({precision})" if precision else name
            lines.append(f"| {words} | {ms:.1f} | {ms / ours:.1f} |")
    return lines


def _press_lines(presses: dict[str, Any]) -> list[str]:
    lines = [
        "",
        "| key press to painted pixels, anchors | ours p50 / p95, ms | naive p50 / p95, ms "
        "| ratio |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {row['anchors']:,} | {_milliseconds(row['ours'])} | {_milliseconds(row['naive'])} "
        f"| {_ratio(row)} |"
        for row in presses["scenes"]
    ]
    memory = {
        name: "not measured" if megabytes is None else f"{megabytes:,.0f} MB"
        for name, megabytes in presses["peak_memory_MB"].items()
    }
    return [
        *lines,
        "",
        f"peak memory of the server: ours {memory['ours']}, naive {memory['naive']}",
    ]


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
        result["presses"] = press_times(
            arguments.presses or (4 if quick else 20), arguments.limit or (20 if quick else 60)
        )
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
