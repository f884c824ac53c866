"""An evaluation as a table for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rpn_core.counts import count_images
from rpn_core.evaluation.recall import COUNTS, GroupRecall
from rpn_core.messages import tr

AT = (0.5, 0.7)


@dataclass(frozen=True, eq=False, slots=True)
class Evaluated:
    """What one way to propose reached.

    Attributes:
        name: of the proposer.
        images: how many it saw.
        groups: recall on all objects first, then on each group.
        stage_seconds: for each stage its time on each image.
    """

    name: str
    images: int
    groups: Sequence[GroupRecall]
    stage_seconds: Mapping[str, Sequence[float]]

    @property
    def median_seconds(self) -> float:
        """Of one image, all stages together."""
        times = [sum(stages) for stages in zip(*self.stage_seconds.values(), strict=True)]
        return float(np.median(times))


def as_table(results: Sequence[Evaluated]) -> str:
    """A block of lines for each proposer: recall by group, then time by stage."""
    lines = []
    for result in results:
        heads = [f"AR@{n}" for n in COUNTS] + [f"R{iou:g}@{n}" for iou in AT for n in COUNTS]
        lines += [
            tr(
                "{method}: {images}, {time:.0f} ms an image",
                method=result.name,
                images=count_images(result.images),
                time=1000 * result.median_seconds,
            ),
            f"{'':22}{tr('objects'):>8}" + "".join(f"{head:>10}" for head in heads),
        ]
        for group in result.groups:
            numbers = [group.average(n) for n in COUNTS]
            numbers += [group.at(n, iou) for iou in AT for n in COUNTS]
            lines.append(
                f"{group.group!s:22}{group.objects:8}" + "".join(f"{n:10.3f}" for n in numbers)
            )
        stages = ", ".join(
            f"{stage} {1000 * float(np.median(seconds)):.1f} ms"
            for stage, seconds in result.stage_seconds.items()
        )
        lines += [tr("median time: {stages}", stages=stages), ""]
    return "\n".join(lines)


def as_json(results: Sequence[Evaluated]) -> list[dict[str, Any]]:
    """The same numbers, unrounded; a group without objects has null."""
    return [
        {
            "name": result.name,
            "images": result.images,
            "groups": [_group(group) for group in result.groups],
            "median_seconds": {
                stage: float(np.median(seconds)) for stage, seconds in result.stage_seconds.items()
            },
            "median_seconds_per_image": result.median_seconds,
        }
        for result in results
    ]


def _group(group: GroupRecall) -> dict[str, Any]:
    def known(value: float) -> float | None:
        return value if group.objects else None

    return {
        "group": group.group.template,
        "objects": group.objects,
        "average_recall": {str(n): known(group.average(n)) for n in COUNTS},
        **{f"recall_at_{iou:g}": {str(n): known(group.at(n, iou)) for n in COUNTS} for iou in AT},
    }
