"""`python -m rpn_core train`: train the bundled model on images with COCO boxes."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

HELP = "train lite0-fpn on images with boxes in COCO JSON"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--train", type=Path, required=True, help="COCO JSON")
    parser.add_argument("--images", type=Path, required=True, help="folder of the images")
    parser.add_argument("--recipe", type=Path, help="JSON file; its defaults are in recipe.py")
    parser.add_argument(
        "--start", type=Path, help="weights to go on from; else ImageNet's backbone"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for weights and checkpoint")


def run(args: argparse.Namespace) -> int:
    from rpn_core.models.table import CARDS
    from rpn_core.training.coco_boxes import read_coco
    from rpn_core.training.loop import train
    from rpn_core.training.recipe import Recipe, read_recipe
    from rpn_core.training.ship import write_weights

    recipe = read_recipe(args.recipe) if args.recipe else Recipe()
    card = CARDS["lite0-fpn"]
    images = read_coco(args.train, args.images)
    average = train(
        images, recipe, card.preprocess, card.own_settings.anchors,
        args.out / "checkpoint.pt", lambda line: print(line, file=sys.stderr, flush=True),
        args.start,
    )  # fmt: skip
    print(write_weights(average, args.out, recipe, args.train, args.start))
    return 0
