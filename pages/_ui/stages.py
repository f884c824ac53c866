"""The stages of the core behind the cache: each is recomputed only when its own slice changed."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages._ui.cache_budget import budget_bytes
from pages._ui.canvas import DisplayPhoto, encode_photo
from pages._ui.session import session
from pages._ui.stage_cache import StageCache, StageRun
from pages._ui.workbench import Workbench
from rpn_core.anchors import Anchors
from rpn_core.box_coder import decode
from rpn_core.ledger import close_ledger
from rpn_core.models.scoring import Meaning, score_anchors
from rpn_core.models.step_down import ForwardResult, again_if_lost, run_with_step_down
from rpn_core.nms import suppress
from rpn_core.photo import Photo
from rpn_core.photo_file import PhotoFile
from rpn_core.pipeline import Stages
from rpn_core.proposals import read_proposals
from rpn_core.selection import select


@dataclass(frozen=True, eq=False, slots=True)
class Results:
    """Everything that one run of a page shows.

    Attributes:
        photo: as the browser gets it.
        forward: what the network gave, and what it had to do without.
        anchors: R anchors.
        meaning: what scores are worth.
        stages: all later results; None when scores would mean nothing.
        runs: each stage, with its time and whether it was computed in this run.
    """

    photo: DisplayPhoto
    forward: ForwardResult
    anchors: Anchors
    meaning: Meaning
    stages: Stages | None
    runs: tuple[StageRun, ...]


@st.cache_resource(show_spinner=False)
def shared_cache() -> StageCache:
    return StageCache(budget_bytes())


def share_pixels(photo: Photo) -> None:
    """Spare the first pass a second decoding of a photo that was just read."""
    shared_cache().get("photo", photo.sha256, lambda: photo.rgb, [])


def pixels(photo: PhotoFile) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 of the photo in force, decoded anew if the cache has let them go.

    Raises:
        UserError: memory does not suffice.
    """
    return shared_cache().get("photo", photo.sha256, lambda: photo.decode().rgb, [])


def compute(bench: Workbench, on_position: Callable[[int], None]) -> Results:
    """Run, or fetch, every stage for what the frame has chosen.

    When the accelerator is lost with the features on it, the network runs again, on the CPU.

    Args:
        on_position: told how many are ahead while others use the network.
    Raises:
        UserError: memory does not suffice, or the weights are damaged.
    """
    return again_if_lost(
        lambda: _compute(bench, on_position),
        forget=lambda: shared_cache().forget("network", _photo_key(bench)),
    )


def _photo_key(bench: Workbench) -> Hashable:
    return (bench.photo.sha256, bench.model_key, bench.settings.input)


def _compute(bench: Workbench, on_position: Callable[[int], None]) -> Results:
    cache, log, settings = shared_cache(), list[StageRun](), bench.settings
    photo_key = _photo_key(bench)
    forward = cache.get(
        "network",
        photo_key,
        lambda: run_with_step_down(
            bench.rpn,
            lambda: pixels(bench.photo),
            settings.input,
            on_position=on_position,
            session=session(),
        ),
        log,
    )
    # The time that is shown is the network's own, whoever was ahead in the line.
    log[-1] = replace(log[-1], milliseconds=1000 * forward.seconds)
    rpn = forward.rpn
    anchor_key = (photo_key, forward.made_with, settings.anchors)
    head_key = (anchor_key, settings.foreign_anchors)
    selection_key = (head_key, settings.selection)
    nms_key = (selection_key, settings.nms.survival)
    anchors = cache.get(
        "anchors", anchor_key, lambda: rpn.lay_anchors(forward.features, settings.anchors), log
    )
    scored = cache.get(
        "head",
        head_key,
        lambda: score_anchors(rpn, forward.features, anchors, settings.foreign_anchors),
        log,
    )
    outputs = scored.outputs
    stages = None
    if outputs is not None:
        logits = outputs.objectness_logits
        decoded = cache.get("decode", head_key, lambda: decode(anchors.boxes, outputs.deltas), log)
        selection = cache.get(
            "selection",
            selection_key,
            lambda: select(
                anchors, decoded, logits, forward.network_input.image_hw, settings.selection
            ),
            log,
        )
        suppression = cache.get(
            "NMS",
            nms_key,
            lambda: suppress(selection, anchors.level, settings.nms),
            log,
        )
        ledger = cache.get(
            "ledger",
            (nms_key, settings.nms.post_nms_top_n),
            lambda: close_ledger(
                selection,
                suppression,
                anchors.level,
                len(anchors.levels),
                settings.nms.post_nms_top_n,
            ),
            log,
        )
        proposals = read_proposals(selection, ledger, forward.network_input, suppression.decayed)
        stages = Stages(
            forward.network_input, anchors, outputs, decoded,
            selection, suppression, ledger, proposals,
        )  # fmt: skip
    display = cache.get(
        "picture",
        bench.photo.sha256,
        lambda: encode_photo(pixels(bench.photo), bench.photo.sha256),
        log,
    )
    return Results(display, forward, anchors, scored.meaning, stages, tuple(log))
