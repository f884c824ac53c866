"""The controls of the page "Targets and loss": matching, mini-batch and loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages._ui.controls import inputs
from pages._ui.controls.in_force import apply
from pages._ui.state.slot import in_slot, slotted
from pages._ui.state.visit import SETTINGS
from rpn_core.messages import tr
from rpn_core.settings import LossSettings, MatchSettings, SampleSettings, number_of


def use_thresholds(bg: float, fg: float) -> None:
    """Take both thresholds at once, as the histogram gives them."""
    match = SETTINGS.require().match
    apply(match=replace(match, bg_iou_thresh=bg, fg_iou_thresh=fg))


def reset_targets() -> None:
    """Back to torchvision's settings."""
    apply(match=MatchSettings(), sample=SampleSettings(), loss=LossSettings())


def resample() -> None:
    """Draw the mini-batch again, by the next seed."""
    sample = SETTINGS.require().sample
    seed = (sample.seed + 1) % (int(number_of("sample.seed").high) + 1)
    apply(sample=replace(sample, seed=seed))


def draw_thresholds() -> None:
    """The two IoU thresholds as numbers."""
    _side_by_side("match.bg_iou_thresh", "match.fg_iou_thresh", places=st.columns(2))


def draw_rules(*, crowds: int) -> None:
    """The other rules of matching.

    Args:
        crowds: crowd regions in this photo; without one their rule decides nothing.
    """
    inputs.draw("match.allow_low_quality", "match.drop_cross_border")
    if crowds:
        inputs.draw("match.crowd_iof_thresh")
    st.button(
        tr("Reset to torchvision's"), key=slotted("targets_reset"), on_click=in_slot(reset_targets),
        help=tr("Thresholds, rules, mini-batch and loss."),
    )  # fmt: skip


def draw_sampling() -> None:
    """Size, share and seed of the mini-batch, and another draw."""
    *places, again = st.columns(4, vertical_alignment="bottom")
    _side_by_side(
        "sample.batch_size_per_image", "sample.positive_fraction", "sample.seed", places=places
    )
    again.button(
        tr("Resample"), key=slotted("targets_resample"), icon=":material/casino:",
        on_click=in_slot(resample), width="stretch",
    )  # fmt: skip


def draw_loss_settings() -> None:
    """Form of the loss and its constants."""
    places = st.columns(3, vertical_alignment="bottom")
    _side_by_side("loss.form", "loss.reg_lambda", "loss.beta", places=places)


def _side_by_side(*names: str, places: Sequence[DeltaGenerator]) -> None:
    for name, place in zip(names, places, strict=True):
        with place:
            inputs.draw(name)
