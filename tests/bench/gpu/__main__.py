"""`make bench-gpu`, or `python -m tests.bench.gpu [--json FILE]`.

Exit code: 0 when every check passed, 1 when one did not, 2 when there is no CUDA to check.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
from dataclasses import asdict
from pathlib import Path

import torch

from tests.bench.gpu.check import Check
from tests.bench.gpu.faults import fault_checks
from tests.bench.gpu.nms import nms_checks
from tests.bench.gpu.proposals import parity, sample_photos
from tests.bench.gpu.timings import (
    GOAL_MS,
    Timing,
    batch_timing,
    head_share,
    nms_timings,
    photo_timings,
    training_timing,
)

DEVICE = "cuda"
REPEATS = 50


def why_no_cuda() -> str:
    """One sentence where CUDA cannot be used; empty where it can."""
    if torch.cuda.is_available():
        return ""
    if not torch.backends.cuda.is_built():
        return f"This torch ({torch.__version__}) was built without CUDA: install one that has it."
    try:
        torch.cuda.init()
    except (RuntimeError, AssertionError) as error:
        reason = str(error).strip().splitlines()[0].split(". ")[0].rstrip(".")
        return f"There is no CUDA device that torch {torch.__version__} can use: {reason}."
    return f"torch {torch.__version__} finds no CUDA device."


def card() -> dict[str, str]:
    """What the figures are of."""
    properties = torch.cuda.get_device_properties(0)
    return {
        "card": properties.name,
        "memory": f"{properties.total_memory / 2**30:.0f} GiB",
        "torch": torch.__version__,
        "cuda": str(torch.version.cuda),
        "python": platform.python_version(),
    }


def speed_checks(photos: list[Timing], nms: list[Timing]) -> list[Check]:
    """What was promised of speed: photos within the goal, NMS never slower than torchvision's."""
    ours, theirs = nms
    return [
        *(
            Check(one.name, one.p50 <= GOAL_MS, f"{one.p50:.1f} ms", f"at most {GOAL_MS:g} ms")
            for one in photos
        ),
        Check(
            "NMS beside torchvision's", ours.p50 <= 1.05 * theirs.p50,
            f"{ours.p50:.2f} ms", f"at most torchvision's {theirs.p50:.2f} ms (and 5% of noise)",
        ),
    ]  # fmt: skip


def line(timing: Timing) -> str:
    parts = ", ".join(f"{name} {milliseconds:.2f}" for name, milliseconds in timing.parts.items())
    return f"{timing.name}: p50 {timing.p50:.2f} ms, p95 {timing.p95:.2f} ms" + (
        f" ({parts})" if parts else ""
    )


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.gpu", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything there, too")
    asked = parser.parse_args(arguments)
    sentence = why_no_cuda()
    if sentence:
        print(sentence)
        return 2
    facts = card()
    print(", ".join(f"{name} {value}" for name, value in facts.items()))
    photos = sample_photos()
    checks = [
        *parity(DEVICE, torch.float16, photos),
        *parity(DEVICE, torch.float32, photos),
        *nms_checks(DEVICE),
        *fault_checks(DEVICE),
    ]
    by_photo, nms = photo_timings(DEVICE, REPEATS), nms_timings(DEVICE, REPEATS)
    rest = [
        batch_timing(DEVICE, REPEATS),
        training_timing(DEVICE, REPEATS),
        training_timing(DEVICE, REPEATS, torch.bfloat16),
    ]
    checks += speed_checks(by_photo, nms)
    for check in checks:
        print(check.line)
    for timing in (*by_photo, *nms, *rest):
        print(line(timing))
    for timing in by_photo:
        print(f"share of the head, {timing.name}: {head_share(timing):.0%}")
    if asked.json:
        timings = [asdict(one) for one in (*by_photo, *nms, *rest)]
        told = {"card": facts, "checks": [asdict(one) for one in checks], "timings": timings}
        asked.json.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    failed = sum(not check.passed for check in checks)
    print(f"{len(checks) - failed} of {len(checks)} checks passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
