"""Seconds and memory for boxes as many as COCO's training set has.

The file is made up: 118,000 images and 860,000 boxes with outlines, so that it is as large as
instances_train2017.json. Each way of reading runs in a process of its own, whose peak memory is
its own too. `python -m tests.bench.labels_times` prints a table.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.process_memory import peak_megabytes

IMAGES, BOXES, CATEGORIES = 118_000, 860_000, 80
ROOT = Path(__file__).resolve().parents[2]


def write_like_train2017(path: Path, images: int = IMAGES, boxes: int = BOXES) -> None:
    """Write a COCO file of boxes inside their images; the same bytes every time."""
    draw = np.random.default_rng(0)
    sizes = draw.integers(300, 641, (images, 2))
    of_image = np.sort(draw.integers(0, images, boxes))
    sides = np.minimum(draw.lognormal(4, 1, (boxes, 2)).clip(2), sizes[of_image])
    corners = draw.random((boxes, 2)) * (sizes[of_image] - sides)
    xywh = np.concatenate((corners, sides), 1).round(2).tolist()
    points = [f"{value:.2f}" for value in draw.uniform(0, 640, 5000)]
    starts = draw.integers(0, len(points) - 48, boxes).tolist()
    with path.open("w") as file:
        file.write('{"info": {"year": 2017}, "licenses": [], "images": [')
        for place, (width, height) in enumerate(sizes.tolist()):
            url = f"http://images.cocodataset.org/train2017/{place:012d}.jpg"
            row = {
                "license": 3, "file_name": f"{place:012d}.jpg", "coco_url": url, "height": height,
                "width": width, "date_captured": "2013-11-14 11:18:45", "flickr_url": url,
                "id": place + 1,
            }  # fmt: skip
            file.write((", " if place else "") + json.dumps(row))
        file.write('], "annotations": [')
        for place, (image, bbox, start) in enumerate(
            zip(of_image.tolist(), xywh, starts, strict=True)
        ):
            outline = ",".join(points[start : start + 48])
            file.write(
                f'{", " if place else ""}{{"segmentation": [[{outline}]], "area": '
                f'{bbox[2] * bbox[3]:.4f}, "iscrowd": 0, "image_id": {image + 1}, "bbox": {bbox}, '
                f'"category_id": {place % CATEGORIES + 1}, "id": {place}}}'
            )
        names = [{"id": place, "name": f"c{place}"} for place in range(1, CATEGORIES + 1)]
        file.write(f'], "categories": {json.dumps(names)}}}')


@dataclass(frozen=True, slots=True)
class Cost:
    """What one process needed.

    Attributes:
        seconds, lint_seconds: on the clock; all of it runs on one thread.
        cpu_seconds: of the processor, reading and checking together, which hardly depend on what
            else the machine does.
        memory_mb: its peak, above what the imports took; the file's bytes are part of it.
        tellings: how often progress was told.
    """

    seconds: float
    lint_seconds: float
    cpu_seconds: float
    memory_mb: float
    tellings: int
    images: int
    boxes: int


def _peak_mb() -> float:
    # Not getrusage's: of a child that is begun by a large process, it counts that one's memory.
    peak = peak_megabytes(os.getpid())
    return math.nan if peak is None else peak


def _read_and_lint(path: Path) -> Cost:
    from rpn_core.labels.formats.read import read_labels
    from rpn_core.labels.lint.report import lint

    told: list[float] = []
    before = _peak_mb()
    cpu, start = time.process_time(), time.perf_counter()
    loaded = read_labels(path, progress=told.append)
    read = time.perf_counter()
    lint(loaded, progress=told.append)
    end = time.perf_counter()
    labels = loaded.labels
    return Cost(
        seconds=read - start,
        lint_seconds=end - read,
        cpu_seconds=time.process_time() - cpu,
        memory_mb=_peak_mb() - before,
        tellings=len(told),
        images=len(labels.names),
        boxes=len(labels.image),
    )


def _json_module(path: Path) -> Cost:
    """What a plain reader does first, for comparison."""
    before = _peak_mb()
    cpu, start = time.process_time(), time.perf_counter()
    document = json.loads(path.read_text())
    seconds = time.perf_counter() - start
    images, boxes = len(document["images"]), len(document["annotations"])
    return Cost(
        seconds, 0.0, time.process_time() - cpu, _peak_mb() - before, 0, images, boxes
    )  # fmt: skip


WAYS: dict[str, Callable[[Path], Cost]] = {
    "read_labels and lint": _read_and_lint,
    "json.loads alone": _json_module,
}


def measure(way: str, path: Path) -> Cost:
    """Run one way in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.labels_times", "--way", way, "--file", str(path)],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return Cost(**json.loads(done.stdout))


def labels_times(images: int = IMAGES, boxes: int = BOXES) -> dict[str, Cost]:
    """Write the file, and measure each way of reading it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "instances.json"
        write_like_train2017(path, images, boxes)
        print(f"{images:,} images, {boxes:,} boxes, {path.stat().st_size / 2**20:,.0f} MB")
        return {way: measure(way, path) for way in WAYS}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--images", type=int, default=IMAGES)
    parser.add_argument("--boxes", type=int, default=BOXES)
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.way:
        cost = WAYS[args.way](args.file)
        print(json.dumps({name: getattr(cost, name) for name in Cost.__slots__}))
        return
    costs = labels_times(args.images, args.boxes)
    print(f"{'':<22}{'read':>10}{'check':>10}{'processor':>11}{'memory':>11}")
    for way, cost in costs.items():
        check = f"{cost.lint_seconds:.1f} s" if cost.lint_seconds else ""
        print(
            f"{way:<22}{cost.seconds:>8.1f} s{check:>10}{cost.cpu_seconds:>9.1f} s"
            f"{cost.memory_mb:>8,.0f} MB"
        )
    ours, plain = costs["read_labels and lint"], costs["json.loads alone"]
    print(
        f"ratio {plain.cpu_seconds / ours.cpu_seconds:.1f} of the processor, "
        f"{plain.memory_mb / ours.memory_mb:.1f} in memory; progress was told {ours.tellings} times"
    )


if __name__ == "__main__":
    main()
