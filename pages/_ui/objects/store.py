"""The objects of the photo in view: drawn by hand, from a label set, or from the example.

They are kept for each photo, by the SHA-256 of its file, for as long as the visit lasts: going to
another photo or page and back loses nothing.
"""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from pages._ui.state.visit import OBJECTS, OBJECTS_AT_FIRST, OBJECTS_REVISION
from pages._ui.state.workbench import Workbench
from rpn_core.labels.formats.example import example_labels
from rpn_core.labels.ground_truth import NOTHING, GroundTruth, Origin, labelled
from rpn_core.labels.loaded import LoadedLabels
from rpn_core.labels.objects import NO_OBJECTS, Objects
from rpn_core.photo.samples import samples

PHOTOS_KEPT = 200
MAX_CATEGORY_LENGTH = 60


def current_truth(bench: Workbench) -> GroundTruth:
    """The objects of the photo in force; of a sample photo the example's, until they are edited."""
    kept = OBJECTS.get_or({}).get(bench.photo.sha256)
    return _untouched(bench) if kept is None else kept


def store_objects(bench: Workbench, objects: Objects) -> None:
    """Keep what was drawn on the canvas; give it to `box_canvas` as `on_objects`."""
    _keep(bench.photo.sha256, current_truth(bench).edited_to(objects))


def name_object(bench: Workbench, place: int, category: str) -> None:
    """Give the object at a place another category; the boxes can still be undone on the canvas."""
    objects = current_truth(bench).objects
    categories = list(objects.categories)
    # The browser's limit is the browser's: what comes from there is cut here too.
    categories[place] = category[:MAX_CATEGORY_LENGTH]
    store_objects(bench, replace(objects, categories=tuple(categories)))


def remove_objects(bench: Workbench) -> None:
    """Leave the photo without objects."""
    _give_to_canvas(bench.photo.sha256, current_truth(bench).edited_to(NO_OBJECTS))


def restore_objects(bench: Workbench) -> None:
    """Take back what was changed by hand since the objects came from a label set or the example."""
    _give_to_canvas(bench.photo.sha256, _untouched(bench))


def can_be_restored(bench: Workbench) -> bool:
    """Whether there are edits of objects that were not drawn here at first."""
    return current_truth(bench).edited and _untouched(bench).origin is not Origin.NONE


def begin_with(sha256: str, truth: GroundTruth) -> None:
    """Give a photo the objects of a label set.

    What was edited in this photo before stays, as long as it began with the boxes of this set.
    """
    before = OBJECTS.get_or({}).get(sha256)
    if before is None or before.source_sha256 != truth.source_sha256:
        _give_to_canvas(sha256, truth)
    OBJECTS_AT_FIRST.get_or_make(dict)[sha256] = truth


def _keep(sha256: str, truth: GroundTruth) -> None:
    kept = OBJECTS.get_or_make(dict)
    kept.pop(sha256, None)
    kept[sha256] = truth
    while len(kept) > PHOTOS_KEPT:  # the photo that was edited longest ago
        forgotten = next(iter(kept))
        del kept[forgotten]
        OBJECTS_AT_FIRST.get_or_make(dict).pop(forgotten, None)


def _give_to_canvas(sha256: str, truth: GroundTruth) -> None:
    """Keep what was not drawn: the canvas gives up what it still holds."""
    OBJECTS_REVISION.set(OBJECTS_REVISION.get_or(0) + 1)
    _keep(sha256, replace(truth, revision=str(OBJECTS_REVISION.require())))


def _untouched(bench: Workbench) -> GroundTruth:
    """The objects before any edit."""
    original = OBJECTS_AT_FIRST.get_or({}).get(bench.photo.sha256)
    if original is not None:
        return original
    return NOTHING if bench.sample is None else _example(bench.sample)


def _example(sample: str) -> GroundTruth:
    loaded = _example_labels()
    file = next(entry.file for entry in samples() if entry.name == sample)
    if file not in loaded.labels.names:
        return NOTHING
    return labelled(loaded, loaded.labels.names.index(file), Origin.EXAMPLE)


@st.cache_resource(show_spinner=False)
def _example_labels() -> LoadedLabels:
    return example_labels()
