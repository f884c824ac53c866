"""Suggested anchors against those of other tools, in what each objective measures.

python -m tests.bench.suggest_peers [--sets NAME ...] [--levels 16 ...] [--shapes 1 3 9] [--apart]

For every data set, pyramid, number of shapes on each level and objective: what ours reach, what
the best of the peers reaches, and how long ours took. The peers are given the same objects, and the
best of them is taken for each figure anew. With --apart, anchors are made on 70% of the images and
judged on the rest. Exits with 1 when ours are worse anywhere on the images that they were made on.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import get_args

import numpy as np

from rpn_core.design.achieved import achieved
from rpn_core.design.budget import Aim, Budget
from rpn_core.design.objects import DesignObjects, design_objects
from rpn_core.design.pyramid import Pyramid
from rpn_core.design.resize_rule import ResizeRule
from rpn_core.design.search_anchors import search_anchors
from rpn_core.design.shapes import ShapeTable
from rpn_core.labels.formats.read import read_labels
from rpn_core.settings import AnchorSettings
from tests.anchor_peers import fitness, peers, placed

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
RULE = ResizeRule("long_side", 448)
LEVELS = {"16": (16,), "8/16/32": (8, 16, 32), "8/16/32/64": (8, 16, 32, 64)}
SHAPES = (1, 3, 9)
RECALL_IOU = 0.7
APART = 0.3  # of the images is held back with --apart
AIMS: tuple[Aim, ...] = get_args(Aim)


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison.

    Attributes:
        name, levels, shapes, aim: what was asked for; shapes are those of each level.
        ours, peer: what ours and the best peer reach on the images that they were made on.
        who: that peer.
        ours_apart, peer_apart: the same on images held back; NaN without --apart.
        seconds: of our search.
    """

    name: str
    levels: str
    shapes: int
    aim: Aim
    ours: float
    peer: float
    who: str
    ours_apart: float
    peer_apart: float
    seconds: float


def data_sets(folder: Path = DATA) -> dict[str, DesignObjects]:
    """Nine: everyday scenes as a whole and their two sources apart, each also as small sets, and
    blood cells, steel and road signs; as a network with a long side of 448 px meets them."""
    labels = read_labels(folder / "general" / "train.json").labels
    train = design_objects(labels, RULE)
    from_coco = np.array(["coco_" in name for name in labels.names])[train.image]
    few = train.image < np.quantile(train.image, 0.02)
    return {
        "train": train,
        "train, COCO": train.only(np.flatnonzero(from_coco)),
        "train, VOC": train.only(np.flatnonzero(~from_coco)),
        "train, first images": train.only(np.flatnonzero(few)),
        **{
            name: design_objects(read_labels(folder / path).labels, RULE)
            for name, path in (
                ("val, COCO", "general/val_coco.json"),
                ("val, VOC", "general/val_voc.json"),
                ("blood cells", "bccd_voc"),
                ("steel", "neu_det/annotations.json"),
                ("road signs", "roadsign_yolo"),
            )
        },
    }


def compare(
    name: str, objects: DesignObjects, levels: str, shapes: int, *, apart: bool = False
) -> Iterator[Row]:
    """One row for each objective."""
    strides = LEVELS[levels]
    pyramid, like = Pyramid(strides), AnchorSettings(((),) * len(strides), ((),) * len(strides))
    made_on, rest = _split(objects) if apart else (objects, None)
    tables = list(peers(made_on, strides, shapes))
    for aim in AIMS:
        budget = Budget(shapes=shapes, aim=aim, recall_iou=RECALL_IOU)
        best, who = max(
            (_of_table(made_on, pyramid, like, table, aim), peer) for peer, table in tables
        )
        begun = perf_counter()
        anchors, _ = search_anchors(made_on, pyramid, like, budget)
        seconds = perf_counter() - begun
        ours = float(achieved(made_on, pyramid, anchors, budget).mean())
        ours_apart = peer_apart = float("nan")
        if rest is not None:
            ours_apart = float(achieved(rest, pyramid, anchors, budget).mean())
            peer_apart = max(_of_table(rest, pyramid, like, table, aim) for _, table in tables)
        yield Row(name, levels, shapes, aim, ours, best, who, ours_apart, peer_apart, seconds)


def lost(rows: list[Row]) -> list[Row]:
    """Those where a peer is better on the images that both were made on."""
    return [row for row in rows if row.ours < row.peer]


def compile_first(objects: DesignObjects) -> None:
    """So that no row pays for it."""
    few = objects.only(np.arange(min(len(objects), 50)))
    for aim in AIMS:
        like = AnchorSettings(((),), ((),))
        search_anchors(few, Pyramid((16,)), like, Budget(shapes=2, aim=aim, evaluations=200))


def _of_table(
    objects: DesignObjects, pyramid: Pyramid, like: AnchorSettings, table: ShapeTable, aim: Aim
) -> float:
    if aim == "fitness":
        return fitness(objects.wh.astype(np.float64), table.wh.astype(np.float64))
    iou = placed(objects, pyramid, like, table)
    reached = iou >= np.float32(RECALL_IOU) if aim == "recall" else iou
    return float(reached.mean(dtype=np.float64))


def _split(objects: DesignObjects) -> tuple[DesignObjects, DesignObjects]:
    apart = np.random.default_rng(0).random(int(objects.image.max()) + 1)[objects.image] < APART
    return objects.only(np.flatnonzero(~apart)), objects.only(np.flatnonzero(apart))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", nargs="*", metavar="NAME", help="else all nine")
    parser.add_argument("--levels", nargs="*", choices=list(LEVELS), default=list(LEVELS))
    parser.add_argument("--shapes", nargs="*", type=int, default=list(SHAPES))
    parser.add_argument("--apart", action="store_true")
    args = parser.parse_args()
    sets = data_sets()
    compile_first(sets["road signs"])
    rows: list[Row] = []
    print("| set | levels | shapes | objective | ours | best peer | more | apart | more | s |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for name in args.sets or sets:
        for levels in args.levels:
            for shapes in args.shapes:
                for row in compare(name, sets[name], levels, shapes, apart=args.apart):
                    rows.append(row)
                    print(
                        f"| {name} | {levels} | {shapes} | {row.aim} | {row.ours:.4f} | "
                        f"{row.peer:.4f} ({row.who}) | {row.ours - row.peer:+.4f} | "
                        f"{row.ours_apart:.4f} | {row.ours_apart - row.peer_apart:+.4f} | "
                        f"{row.seconds:.1f} |",
                        flush=True,
                    )
    worse, slowest = lost(rows), max(row.seconds for row in rows)
    apart = [row for row in rows if row.ours_apart < row.peer_apart]
    print(
        f"\n{len(rows)} comparisons: a peer is better in {len(worse)}"
        + (f", on the images held back in {len(apart)}" if args.apart else "")
        + f"; slowest search {slowest:.1f} s"
    )
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
