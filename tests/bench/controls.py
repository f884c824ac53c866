"""Which controls are measured, on which page and picture."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image
from playwright.sync_api import Page

from tests.bench.bench_page import OPEN_TIMEOUT_MS, await_picture, draw_every_anchor, settle
from tests.bench.control_kinds import (
    ANCHORS,
    FILTER,
    INPUT,
    Control,
    button,
    choice,
    gallery,
    number,
    number_list,
    segments,
    slider,
    slider_back_and_forth,
    toggle,
    upload,
)
from tests.bench.scenes import FEW, MOST, OWN, PAPER, BenchScene


@dataclass(frozen=True, slots=True)
class PageControls:
    """Controls that are measured alike.

    Attributes:
        what: for people.
        scenes: each control is measured on each of them.
        controls: those to measure.
        ready: brings an opened page to where they are.
    """

    what: str
    scenes: tuple[BenchScene, ...]
    controls: tuple[Control, ...]
    ready: Callable[[Page], object]


def _data_set(page: Page) -> None:
    chooser = page.locator("[class*=st-key-labels_upload] input[type=file]")
    chooser.wait_for(state="attached", timeout=OPEN_TIMEOUT_MS)
    settle(page, OPEN_TIMEOUT_MS)
    chooser.set_input_files(
        {"name": "boxes.json", "mimeType": "application/json", "buffer": _coco()}
    )
    page.locator(".st-key-design_findings").wait_for(timeout=OPEN_TIMEOUT_MS)


DESIGN_BOXES, DESIGN_IMAGES = 20_000, 2_500


def _coco() -> bytes:
    """Boxes with sides from 8 px up, log-normal, in images of 640 x 480 px; seeded."""
    random = np.random.default_rng(0)
    size = (640, 480)
    wh = np.minimum(np.exp(random.normal(4.0, 1.1, (DESIGN_BOXES, 2))) + 4, size).round(1)
    corner = (random.random((DESIGN_BOXES, 2)) * (size - wh)).round(1)
    boxes = np.concatenate([corner, wh], axis=1).tolist()
    return json.dumps(
        {
            "images": [
                {"id": image, "file_name": f"{image}.jpg", "width": size[0], "height": size[1]}
                for image in range(DESIGN_IMAGES)
            ],
            "categories": [{"id": 1, "name": "object"}],
            "annotations": [
                {"id": at, "image_id": at % DESIGN_IMAGES, "category_id": 1, "bbox": box}
                for at, box in enumerate(boxes)
            ],
        }
    ).encode()


def _photo(change: int) -> bytes:
    """A photo of one megapixel that was not there before."""
    small = np.random.default_rng(change).integers(0, 255, (30, 40, 3), dtype=np.uint8)
    made = io.BytesIO()
    Image.fromarray(small).resize((1200, 900), Image.Resampling.BICUBIC).save(made, "JPEG")
    return made.getvalue()


def _new_size(change: int) -> str:
    return f"{140.5 + change}"  # no model has such a size


def _new_ratio(change: int) -> str:
    return f"{1.5 + change / 100:.2f}"


_SIZE = slider("anchors.size_factor", "Size of all anchors", ANCHORS)

EXPLORE = PageControls(
    "Explore, every anchor drawn",
    (FEW, PAPER, OWN, MOST),
    (
        _SIZE,
        # Where levels have ratios of their own, of one level.
        number_list(
            "Aspect ratios: one more",
            _new_ratio,
            "anchors.aspect_ratios.all",
            "anchors.aspect_ratios.2",
        ),
        number_list("Sizes of a level: one more", _new_size, "anchors.sizes.2"),
        slider("anchors.offset", "Grid offset", ANCHORS, query={"offset": "0"}),
        choice("anchors.convention", "Convention", ("detectron2", "torchvision"), ANCHORS),
        slider("selection.score_thresh", "Score, at least", FILTER),
        number(
            "selection.pre_nms_top_n", "Before NMS, best N a level", FILTER, query={"pre": "100"}
        ),
        number("selection.min_size", "Smallest side", FILTER, query={"minsize": "8"}),
        toggle("selection.drop_cross_border", "Drop anchors that cross the border", FILTER),
        slider("nms.nms_thresh", "NMS IoU threshold", FILTER, query={"nms": "0.3"}),
        toggle("nms.across_levels", "NMS across levels", FILTER),
        number("nms.post_nms_top_n", "After NMS, best N in all", FILTER, query={"post": "10"}),
        choice("nms.method", "NMS method", ("Greedy", "Soft-NMS, linear"), FILTER),
        slider("nms.sigma", "Soft-NMS sigma", FILTER, query={"method": "soft-gaussian"}),
        number(
            "nms.soft_score_thresh",
            "Soft-NMS score, at least",
            FILTER,
            query={"method": "soft-gaussian"},
        ),
    ),
    draw_every_anchor,
)

NETWORK = PageControls(
    "Explore, what the network runs for",
    (OWN,),
    (
        # From 448 px on, 32 px more each time.
        slider("input.min_side", "Short side, 32 px more", INPUT, query={"max": "1600"}),
        choice("model", "Model", ("Lite0-FPN", "Lite0-C4"), FILTER),
        gallery("Sample photo", ("coins", "cat", "coffee", "cells", "rocket", "temple")),
        upload("photo_upload", "Photo of 1200 x 900 px uploaded", _photo, ".jpg"),
    ),
    await_picture,
)

TARGETS = PageControls(
    "Targets and loss",
    (BenchScene(OWN.anchors, OWN.query, "targets"),),
    (
        _SIZE,
        slider("nms.nms_thresh", "NMS IoU threshold", FILTER, query={"nms": "0.3"}),
        number("match.bg_iou_thresh", "Background IoU"),
        number("match.fg_iou_thresh", "Foreground IoU", query={"fg": "0.5"}),
        toggle("match.allow_low_quality", "Low-quality matches"),
        toggle("match.drop_cross_border", "Leave out anchors that cross the border"),
        number("sample.batch_size_per_image", "Size of the mini-batch", panel="Mini-batch"),
        button("targets_resample", "Resample", panel="Mini-batch"),
        segments("loss.form", "Form of the loss", ("torchvision", "the paper's"), panel="Loss"),
        number("loss.beta", "Beta of the loss", panel="Loss"),
    ),
    await_picture,
)

NMS = PageControls(
    "NMS",
    (BenchScene(OWN.anchors, OWN.query, "nms"),),
    (
        _SIZE,
        number(
            "selection.pre_nms_top_n", "Before NMS, best N a level", FILTER, query={"pre": "100"}
        ),
        slider("nms.nms_thresh", "NMS IoU threshold", FILTER, query={"nms": "0.3"}),
        number("nms.post_nms_top_n", "After NMS, best N in all", FILTER, query={"post": "10"}),
        toggle("nms.across_levels", "NMS across levels", FILTER),
        choice("nms.method", "NMS method", ("Greedy", "Soft-NMS, linear"), FILTER),
        segments("nms_panel", "Panel", ("Selected box", "Objects")),
    ),
    await_picture,
)

DESIGN = PageControls(
    f"Anchor design, {DESIGN_BOXES:,} boxes in {DESIGN_IMAGES:,} images",
    (BenchScene(OWN.anchors, OWN.query, "design"),),
    (
        _SIZE,
        number_list("Sizes of a level: one more", _new_size, "anchors.sizes.2"),
        slider_back_and_forth("design_fg_iou", "Foreground IoU"),
        choice("design_rule", "Resize rule", ("as the app", "letterbox")),
        segments("design_kind", "Groups by", ("size", "ratio")),
        segments("design_distribution", "Distribution of", ("best IoU", "positives")),
    ),
    _data_set,
)

ALL = (EXPLORE, NETWORK, TARGETS, NMS, DESIGN)
