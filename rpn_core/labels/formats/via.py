"""The VGG Image Annotator, version 2 and 1: one JSON file, saved as a project or exported."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import msgspec

from rpn_core.labels.format import Format, ReadLabels, Texts
from rpn_core.labels.formats.json_kinds import JsonKind, json_names
from rpn_core.labels.formats.json_text import decode_or_refuse
from rpn_core.labels.formats.one_file import read_one_a_folder
from rpn_core.labels.formats.rows import Rows
from rpn_core.labels.formats.shapes import Drawn
from rpn_core.labels.formats.via_regions import box_of_region, category_of_region
from rpn_core.messages import msg
from rpn_core.progress import Progress, no_progress

_TITLE = msg("VGG Image Annotator JSON")


class _Region(msgspec.Struct, gc=False):
    shape_attributes: dict[str, Any]
    region_attributes: dict[str, Any] = {}


class _Image(msgspec.Struct):
    filename: str
    regions: list[_Region] | dict[str, _Region] = []


class _Project(msgspec.Struct, rename={"images": "_via_img_metadata"}):
    images: dict[str, _Image]


def read_via(data: bytes, shown: str, progress: Progress = no_progress) -> ReadLabels:
    """Read the boxes of a VIA file; outlines and ellipses become their upright bounds.

    Points and lines are left out, with a remark. The file does not say how large images are.

    Raises:
        UserError: it is no such JSON.
    """
    progress(0.0)
    project = b'"_via_img_metadata"' in data
    if project:
        images = decode_or_refuse(data, _Project, shown, _TITLE).images
    else:
        images = decode_or_refuse(data, dict[str, _Image], shown, _TITLE)
    rows, drawn = Rows(), Drawn()
    for entry in images.values():
        image = rows.add_image(entry.filename)
        regions = entry.regions
        for region in regions.values() if isinstance(regions, dict) else regions:
            box = box_of_region(region.shape_attributes, drawn)
            if box is not None:
                rows.add_box(image, box, category_of_region(region.region_attributes))
    progress(1.0)
    return ReadLabels(rows.label_set(), drawn.remarks(len(rows.boxes)))


def _find(texts: Texts) -> Sequence[str]:
    return json_names(texts, JsonKind.VIA)


VIA = Format("via", _TITLE, _TITLE, (".json",), _find, partial(read_one_a_folder, read_via, _TITLE))
