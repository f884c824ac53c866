"""The objects of the photo in view: drawn by hand, from a label set, or from the example.

They are kept for each photo, by the SHA-256 of its file, for as long as the visit lasts: going to
another photo or page and back loses nothing. Letter: G objects.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages._ui.frame.photo_picker import open_photo, read_to_keep
from pages._ui.scene.scene import ClassStyle, Objects
from pages._ui.state.notices import notice
from pages._ui.state.slot import in_slot, slotted
from pages._ui.state.visit import OBJECTS, OBJECTS_AT_FIRST, OBJECTS_REVISION
from pages._ui.state.workbench import Workbench
from rpn_core.labels.coco_writer import write_coco
from rpn_core.labels.formats.example import example_labels
from rpn_core.labels.ground_truth import GroundTruth, Origin
from rpn_core.labels.label_set import LabelSet, label_set
from rpn_core.labels.loaded import LoadedLabels
from rpn_core.messages import Message, msg, tr
from rpn_core.photo.file_name import display_name
from rpn_core.photo.photo import Photo
from rpn_core.photo.samples import samples
from rpn_core.targets.photo_objects import PhotoObjects

PHOTOS_KEPT = 200
MAX_CATEGORY_LENGTH = 60
UNNAMED = "object"  # the category of an object that has none, in a file

_NOTHING = GroundTruth(np.zeros((0, 4)), (), (), np.zeros(0, bool), Origin.NONE)


def current_objects(bench: Workbench) -> GroundTruth:
    """The objects of the photo in force; of a sample photo the example's, until they are edited."""
    kept = OBJECTS.get_or({}).get(bench.photo.sha256)
    return _untouched(bench) if kept is None else kept


def store_objects(bench: Workbench, objects: Objects) -> None:
    """Keep what was drawn on the canvas; give it to `box_canvas` as `on_objects`."""
    before = current_objects(bench)
    origin = Origin.DRAWN if before.origin is Origin.NONE else before.origin
    after = replace(
        before,
        boxes=objects.boxes,
        ids=objects.ids,
        categories=objects.labels or ("",) * len(objects),
        crowd=np.zeros(len(objects), bool) if objects.crowd is None else objects.crowd,
        origin=origin,
        edited=True,
    )
    _keep(bench.photo.sha256, after)


def name_object(bench: Workbench, place: int, category: str) -> None:
    """Give the object at a place another category; the boxes can still be undone on the canvas."""
    before = current_objects(bench)
    categories = list(before.categories)
    # The browser's limit is the browser's: what comes from there is cut here too.
    categories[place] = category[:MAX_CATEGORY_LENGTH]
    _keep(bench.photo.sha256, replace(before, categories=tuple(categories), edited=True))


def remove_objects(bench: Workbench) -> None:
    """Leave the photo without objects."""
    empty = replace(
        current_objects(bench),
        boxes=_NOTHING.boxes,
        ids=(),
        categories=(),
        crowd=_NOTHING.crowd,
        edited=True,
        revision=_new_revision(),
    )
    _keep(bench.photo.sha256, empty)


def restore_objects(bench: Workbench) -> None:
    """Take back what was changed by hand since the objects came from a label set or the example."""
    untouched = _untouched(bench)
    _keep(bench.photo.sha256, replace(untouched, revision=_new_revision()))


def canvas_objects(
    truth: GroundTruth,
    *,
    state: NDArray[np.uint8] | None = None,
    states: tuple[ClassStyle, ...] = (),
) -> Objects:
    """The objects as the canvas draws and edits them.

    Args:
        state: (G,) place in `states` of each object.
    """
    return Objects(
        truth.boxes,
        truth.ids,
        truth.categories,
        truth.crowd,
        state,
        states,
        editable=True,
        revision=truth.revision,
    )


def photo_objects(truth: GroundTruth) -> PhotoObjects:
    """What training needs to know of them."""
    return PhotoObjects(truth.boxes, truth.crowd)


def open_labelled_image(loaded: LoadedLabels, image: int) -> None:
    """Make an image of a label set the photo, with its boxes as objects.

    What was edited in this image before stays, as long as it began with the boxes of this set.

    Args:
        image: its place in `loaded.labels.names`.
    Raises:
        UserError: the image did not come with the labels, or cannot be read; the photo that was
            open stays.
    """
    name = loaded.labels.names[image]
    photo = read_to_keep(loaded.images.read(name), name)
    sample = next((entry.name for entry in samples() if entry.sha256 == photo.sha256), None)
    open_photo(photo, sample)
    notice("photo", *_size_sentences(loaded.labels, image, photo))
    before = OBJECTS.get_or({}).get(photo.sha256)
    if before is None or before.source_sha256 != loaded.sha256:
        truth = _from_labels(loaded, image, Origin.LABELS)
        _keep(photo.sha256, replace(truth, revision=_new_revision()))
    at_first = OBJECTS_AT_FIRST.get_or_make(dict)
    at_first[photo.sha256] = _from_labels(loaded, image, Origin.LABELS)


def coco_file(truth: GroundTruth, photo: Photo) -> bytes:
    """The objects of a photo as COCO JSON, pixels of the original photo."""
    return write_coco(_as_label_set(truth, photo))


def draw_objects_keep(bench: Workbench) -> None:
    """Draw the buttons that save the objects, remove them, or take back edits."""
    truth, photo = current_objects(bench), bench.photo
    save, remove, restore = st.columns(3)
    save.download_button(
        tr("Objects as JSON (COCO)"),
        lambda: coco_file(truth, photo),
        "objects.json",
        "application/json",
        key=slotted("save_objects"),
        on_click="ignore",
        width="stretch",
        disabled=len(truth) == 0,
        help=tr(
            "Boxes in pixels of the original photo. An object without a category is "
            "called {unnamed!r}.",
            unnamed=UNNAMED,
        ),
    )
    remove.button(
        tr("Remove all objects"),
        key=slotted("remove_objects"),
        on_click=in_slot(remove_objects),
        args=(bench,),
        width="stretch",
        disabled=len(truth) == 0,
    )
    if truth.edited and _untouched(bench).origin is not Origin.NONE:
        restore.button(
            tr("Take back all edits"),
            key=slotted("restore_objects"),
            on_click=in_slot(restore_objects),
            args=(bench,),
            width="stretch",
        )


def _keep(sha256: str, truth: GroundTruth) -> None:
    kept = OBJECTS.get_or_make(dict)
    kept.pop(sha256, None)
    kept[sha256] = truth
    while len(kept) > PHOTOS_KEPT:  # the photo that was edited longest ago
        forgotten = next(iter(kept))
        del kept[forgotten]
        OBJECTS_AT_FIRST.get_or_make(dict).pop(forgotten, None)


def _new_revision() -> str:
    OBJECTS_REVISION.set(OBJECTS_REVISION.get_or(0) + 1)
    return str(OBJECTS_REVISION.require())


def _untouched(bench: Workbench) -> GroundTruth:
    """The objects before any edit."""
    original = OBJECTS_AT_FIRST.get_or({}).get(bench.photo.sha256)
    if original is not None:
        return original
    return _NOTHING if bench.sample is None else _example(bench.sample)


def _example(sample: str) -> GroundTruth:
    loaded = _example_labels()
    file = next(entry.file for entry in samples() if entry.name == sample)
    if file not in loaded.labels.names:
        return _NOTHING
    return _from_labels(loaded, loaded.labels.names.index(file), Origin.EXAMPLE)


@st.cache_resource(show_spinner=False)
def _example_labels() -> LoadedLabels:
    return example_labels()


def _from_labels(loaded: LoadedLabels, image: int, origin: Origin) -> GroundTruth:
    labels = loaded.labels
    part = labels.boxes_of(image)
    category = [labels.categories[c] if c >= 0 else "" for c in labels.category[part].tolist()]
    return GroundTruth(
        labels.boxes[part],
        tuple(range(len(category))),
        tuple(category),
        labels.crowd[part],
        origin,
        loaded.name,
        loaded.sha256,
    )


def _size_sentences(labels: LabelSet, image: int, photo: Photo) -> list[Message]:
    height, width = labels.sizes_hw[image].tolist()
    if (height, width) in ((0, 0), photo.hw):
        return []
    return [
        msg(
            "The labels say that {name} has {width} × {height} px, but it has {photo_width} × "
            "{photo_height}: its boxes are shown where the labels put them, and may be off. Check "
            "whether the image was resized or turned after it was labelled.",
            name=display_name(labels.names[image]),
            width=width,
            height=height,
            photo_width=photo.hw[1],
            photo_height=photo.hw[0],
        )
    ]


def _as_label_set(truth: GroundTruth, photo: Photo) -> LabelSet:
    names = [category or UNNAMED for category in truth.categories]
    categories = tuple(dict.fromkeys(names))
    return label_set(
        (photo.name,),
        truth.boxes,
        np.zeros(len(truth), np.int64),
        sizes_hw=np.array([photo.hw], np.int64),
        image_ids=np.array([1], np.int64),
        categories=categories,
        category=np.array([categories.index(name) for name in names], np.int64),
        crowd=truth.crowd,
    )
