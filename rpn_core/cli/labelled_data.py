"""What commands that measure a model on labelled images have in common."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rpn_core.errors import UserError
from rpn_core.messages import tr
from rpn_core.settings import InputSettings, Settings

if TYPE_CHECKING:
    from rpn_core.training.coco_boxes import LabelledImage


def add_data_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--annotations", type=Path, required=True, help=tr("COCO JSON"))
    parser.add_argument("--images", type=Path, required=True, help=tr("folder of the images"))
    parser.add_argument("--limit", type=int, help=tr("only the first so many images"))
    parser.add_argument("--long-side", type=int, help=tr("px; replaces the settings' input size"))
    parser.add_argument("--device", default="auto")


def read_images(args: argparse.Namespace) -> Sequence[LabelledImage]:
    """The images that were asked for. Raises UserError when there is none."""
    from rpn_core.training.coco_boxes import read_coco

    images = read_coco(args.annotations, args.images)[: args.limit]
    if not images:
        raise UserError(
            "{annotations} lists no image: give annotations with images.",
            annotations=args.annotations,
        )
    return images


def at_long_side(settings: Settings, long_side: int | None) -> Settings:
    """The settings with another input size, if one was asked for."""
    if not long_side:
        return settings
    return replace(settings, input=InputSettings(long_side, long_side))
