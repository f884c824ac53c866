"""Pages with nothing but canvases: drawn ellipses as photo, a made-up head that finds them.

The head is seeded, so every run shows the same boxes; anchors, decoding, NMS and ledger are the
core's own. Ground truth is the ellipses, until a person edits it; classes and values come from the
overlap with it.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import streamlit as st
import torch
from PIL import Image, ImageDraw

from pages._ui.canvas.box_canvas import box_canvas
from pages._ui.scene.browser_memory import BrowserMemory
from pages._ui.scene.scene import (
    AnchorClasses,
    AnchorValues,
    ClassStyle,
    DisplayPhoto,
    ObjectStates,
    Outcome,
    Scene,
    Survival,
    encode_photo,
    scene_from_stages,
)
from pages._ui.targets.threshold_histogram import threshold_histogram
from rpn_core.anchors.lay import Anchors, lay_anchors
from rpn_core.figures.palette import LineStyle
from rpn_core.geometry.box_coder import encode
from rpn_core.geometry.boxes import pairwise_iou
from rpn_core.geometry.frame import Frame
from rpn_core.labels.objects import NO_OBJECTS, Objects, make_objects
from rpn_core.messages import language, msg
from rpn_core.nms_analysis.survival import overlap_graph, survival_masks
from rpn_core.proposers.plain import after_head
from rpn_core.settings import AnchorSettings, MatchSettings, NmsSettings, SelectionSettings
from rpn_core.stages.head_outputs import HeadOutputs
from rpn_core.stages.network_input import NetworkInput
from rpn_core.stages.stage_results import StageResults
from rpn_core.targets.iou_histogram import IouHistogram
from tests.marked_language import MARKED

STRIDES = (8, 16, 32, 64)
NAMES = ("P3", "P4", "P5", "P6")
IMAGE_HW = (336, 448)
ORIGINAL_HW = (750, 1000)
OBJECTS = {
    "A": ((40, 60, 180, 220), (230, 110, 330, 300), (350, 30, 430, 90), (200, 20, 236, 52)),
    "B": ((60, 30, 400, 310), (20, 20, 60, 60), (380, 250, 440, 330)),
    "Tall": ((40, 40, 300, 260), (60, 300, 200, 420)),
}
ODD_NAMES = ("3", "12. cat", "")  # of photo B
FACTOR = ORIGINAL_HW[1] / IMAGE_HW[1]
CLASSES = (
    ClassStyle(msg("positive"), LineStyle("#56b4e9", (), 2.5)),
    ClassStyle(msg("low-quality positive"), LineStyle("#e69f00", (7, 3), 2.5)),
    ClassStyle(msg("ignored"), LineStyle("#cc79a7", (2, 3), 1), shown=False),
    ClassStyle(msg("negative"), LineStyle("#8c96a5", (), 1), shown=False),
)
STATES = (
    ClassStyle(msg("has positives"), LineStyle("#ffffff", (), 2)),
    ClassStyle(msg("has no positive"), LineStyle("#f0e442", (8, 4), 2)),
)
COLOURS = ((196, 92, 60), (72, 120, 168), (216, 180, 84), (110, 150, 96))


def sizes(name: str) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
    """Height and width of a photo, of the resized and of the padded one."""
    both = (ORIGINAL_HW, IMAGE_HW)
    original, image = ((b, a) for a, b in both) if name == "Tall" else both
    return original, image, (-(-image[0] // 64) * 64, -(-image[1] // 64) * 64)


def draw_photo(name: str) -> np.ndarray:
    """(H, W, 3) uint8: an ellipse for each object on a soft gradient."""
    height, width = sizes(name)[0]
    shade = np.linspace(205, 120, height)[:, None, None] * np.array([0.82, 0.92, 1.0])
    image = Image.fromarray(np.repeat(shade.astype(np.uint8), width, axis=1))
    for box, colour in zip(OBJECTS[name], COLOURS, strict=False):
        ImageDraw.Draw(image).ellipse([side * FACTOR for side in box], fill=colour)
    return np.asarray(image)


def made_up_head(anchors: Anchors, objects: tuple[tuple[int, int, int, int], ...]) -> HeadOutputs:
    """Score anchors by their overlap with the nearest object, with seeded noise."""
    noise = torch.Generator().manual_seed(0)
    truth = torch.tensor(objects, dtype=torch.float32)
    overlap, nearest = pairwise_iou(anchors.boxes, truth).max(dim=1)
    count = len(anchors)
    logits = 9 * overlap - 5 + torch.randn(count, generator=noise)
    pull = (overlap * 1.4).clamp(max=0.9)[:, None]
    deltas = encode(anchors.boxes, truth[nearest]) * pull
    return HeadOutputs(logits, deltas + 0.08 * torch.randn(count, 4, generator=noise))


class Claims(BrowserMemory):
    """Claims once that every array is there, as after a payload that was overtaken."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = False

    def has_array(self, array_id: str) -> bool:
        return super().has_array(array_id) if self.asked else True

    def forget(self) -> None:
        super().forget()
        self.asked = True


class HasEverything(BrowserMemory):
    """Of a browser to which nothing need be sent."""

    def __init__(self) -> None:
        super().__init__()
        self.has_code = True

    def has_array(self, array_id: str) -> bool:
        return True

    def has_photo(self, photo_id: str) -> bool:
        return True


@st.cache_resource
def photo(name: str) -> DisplayPhoto:
    return encode_photo(draw_photo(name), sha256=f"demo-{name}")


def laid(name: str, settings: AnchorSettings) -> Anchors:
    padded_hw = sizes(name)[2]
    grids = tuple((padded_hw[0] // s, padded_hw[1] // s) for s in STRIDES)
    return lay_anchors(grids, padded_hw, STRIDES, settings)


def found(name: str, settings: AnchorSettings, nms_thresh: float) -> StageResults:
    original_hw, image_hw, padded_hw = sizes(name)
    anchors = laid(name, settings)
    return after_head(
        NetworkInput(torch.zeros(1, 3, *padded_hw), Frame(original_hw, image_hw), padded_hw),
        anchors,
        made_up_head(anchors, OBJECTS[name]),
        SelectionSettings(pre_nms_top_n=1500),
        NmsSettings(nms_thresh=nms_thresh, post_nms_top_n=1000),
    )


def anchor_settings(ratios: int = 3, factor: float = 1) -> AnchorSettings:
    return AnchorSettings(
        sizes=((32, 51), (64, 102), (128, 203), (256, 406)),
        aspect_ratios=(tuple(np.geomspace(0.5, 2, ratios).round(2).tolist()),) * len(STRIDES),
        size_factor=factor,
    )


def scene() -> Scene:
    name = st.sidebar.radio("Photo", ["A", "B"], key="photo")
    nms_thresh = st.sidebar.slider("NMS IoU", 0.1, 0.9, 0.7, 0.05)
    factor = st.sidebar.slider("Anchor size", 0.5, 2.0, 1.0, 0.1)
    ratios = st.sidebar.slider("Ratios", 1, 9, 3)
    trained = st.sidebar.checkbox("Trained head", value=True)
    if st.sidebar.checkbox("Forget the photo in the browser's payload"):
        st.session_state.setdefault("_browser_memory", BrowserMemory()).note(photo(name).id, {})
    if st.sidebar.checkbox("Claim that the browser has every array"):
        st.session_state.setdefault("_claims", Claims())
        st.session_state["_browser_memory"] = st.session_state["_claims"]
    settings = anchor_settings(ratios, factor)
    if not trained:
        note = msg("Untrained head: its scores would be meaningless, so only anchors are shown.")
        anchors = laid(name, settings)
        return Scene(
            photo(name), Frame(ORIGINAL_HW, IMAGE_HW), anchors, NAMES, None, note, "anchors"
        )
    stages = found(name, settings, nms_thresh)
    shown = scene_from_stages(stages, photo(name), NAMES)
    if st.sidebar.checkbox("From no grid"):
        free = Outcome(replace(stages.predictions, origin=None), stages.ledger)
        shown = replace(shown, anchors=None, outcome=free)
    every = st.sidebar.checkbox("Every threshold")
    return replace(shown, survival=survival(stages, nms_thresh)) if every else shown


def survival(stages: StageResults, nms_thresh: float) -> Survival:
    candidates = stages.selection.candidates
    boxes, scores = stages.selection.boxes[candidates], stages.selection.scores[candidates]
    graph = overlap_graph(boxes, scores, group=stages.predictions.anchors.level[candidates])
    order = candidates.numpy()[graph.order]
    return Survival(order, survival_masks(graph), nms_thresh, 1000)


def ground_truth() -> Objects:
    """What the visitor made of the ellipses of this photo; "Clear" is a change from outside."""
    name = st.session_state["photo"]
    kept = st.session_state.setdefault("objects", {})
    if name not in kept:
        ellipses = np.array(OBJECTS[name], np.float64) * FACTOR
        names = ODD_NAMES if name == "B" else [f"ellipse {i + 1}" for i in range(len(ellipses))]
        kept[name] = make_objects(ellipses, categories=names, crowd=np.arange(len(ellipses)) == 3)
    if st.sidebar.button("Clear the objects"):
        kept[name] = NO_OBJECTS
        st.session_state.setdefault("revisions", {})[name] = str(st.session_state["runs"])
    return kept[name]


def keep(name: str, objects: Objects) -> None:
    st.session_state["edits"] = st.session_state.get("edits", 0) + 1
    st.session_state["objects"][name] = objects


def with_ground_truth(shown: Scene) -> Scene:
    objects = ground_truth()
    truth = torch.from_numpy(objects.boxes / FACTOR).float()
    iou = pairwise_iou(shown.anchors.boxes, truth)
    best = iou.max(dim=1).values if len(truth) else torch.zeros(len(shown.anchors))
    of = torch.full((len(best),), 3, dtype=torch.uint8)
    of[best >= 0.3] = 2
    if len(truth):
        of[(iou == iou.max(dim=0).values).any(dim=1)] = 1
    of[best >= 0.7] = 0
    has_none = (iou.max(dim=0).values < 0.7).numpy().astype(np.uint8)
    values = torch.where(best > 0.2, best, torch.nan)
    return replace(
        shown,
        objects=objects,
        object_states=ObjectStates(has_none, STATES),
        objects_numbered=st.sidebar.checkbox("Numbers"),
        objects_editable=True,
        objects_revision=st.session_state.get("revisions", {}).get(st.session_state["photo"], ""),
        classes=AnchorClasses(of, CLASSES, msg("match")),
        values=AnchorValues(values, msg("best IoU")),
        view_hint="classes",
    )


def canvas_page() -> None:
    shown = scene()
    if st.sidebar.checkbox("Ground truth"):
        shown = with_ground_truth(shown)
    name = st.session_state["photo"]
    result = box_canvas(shown, key="demo", on_objects=lambda objects: keep(name, objects))
    st.text(f"selected anchor: {result.anchor}")
    st.text(f"selected object: {result.object}")
    boxes = [] if result.objects is None else result.objects.boxes.round(1).tolist()
    st.text(f"objects: {boxes}")
    st.text(f"categories: {[] if result.objects is None else list(result.objects.categories)}")
    st.text(f"edits: {st.session_state.get('edits', 0)}")
    st.text(f"selected cell: {result.cell}")
    st.text(f"anchors: {len(shown)}")


def pair_page() -> None:
    """Two canvases that move as one, and one that moves alone."""
    st.sidebar.button("Run again")
    photos = st.sidebar.radio("Photos", ["A and A", "B and B", "A and B", "A and Tall"])
    left, right = photos.split(" and ")
    nms_thresh = st.sidebar.slider("NMS IoU on the right", 0.1, 0.9, 0.3, 0.1)
    both = st.sidebar.checkbox("On the right, too", value=True)
    columns = st.columns(2)
    if "referring" in st.query_params:
        # The right one comes first and refers to what the left one is about to bring.
        browser = st.session_state.setdefault("_browser_memory", BrowserMemory())
        st.session_state["_browser_memory"] = HasEverything()
        with columns[1]:
            in_pair("right", left, 0.7, "pair")
        st.session_state["_browser_memory"] = browser
        both = False
    with columns[0]:
        in_pair("left", left, 0.7, "pair")
    if both:
        with columns[1]:
            in_pair("right", right, nms_thresh, "pair")
    in_pair("alone", left, 0.5, "")


def in_pair(key: str, name: str, nms_thresh: float, view_group: str) -> None:
    stages = found(name, anchor_settings(), nms_thresh)
    shown = scene_from_stages(stages, photo(name), NAMES)
    result = box_canvas(shown, key=key, view_group=view_group, height=400)
    st.text(f"{key}: anchor {result.anchor}, new picture {result.new_picture}")


def histogram_page() -> None:
    counts = torch.arange(101).flip(0)
    threshold_histogram(
        IouHistogram(counts, counts // 50, 0),
        MatchSettings(),
        key="histogram",
        on_thresholds=lambda bg, fg: None,
    )


def other_page() -> None:
    st.text("the other page")


st.set_page_config(layout="wide")
page = st.navigation(
    [
        st.Page(canvas_page, title="Canvas"),
        st.Page(pair_page, title="Pair"),
        st.Page(histogram_page, title="Histogram"),
        st.Page(other_page, title="Other"),
    ]
)
st.session_state["runs"] = st.session_state.get("runs", 0) + 1
with language(MARKED) if st.sidebar.checkbox("Marked", key="marked") else nullcontext():
    page.run()
st.text(f"script runs: {st.session_state['runs']}")
