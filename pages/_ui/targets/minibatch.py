"""The mini-batch: who is drawn into the loss, who stays out, and another draw."""

from __future__ import annotations

import streamlit as st
import torch

from pages._ui.targets.results import Targets
from pages._ui.targets.settings import draw_sampling
from rpn_core.anchors.lay import Anchors
from rpn_core.counts import count_anchors
from rpn_core.labels.objects import Objects
from rpn_core.messages import nmsg, tr
from rpn_core.settings import SampleSettings
from rpn_core.targets.minibatch import Role, what_is_left_out


def draw_minibatch_panel(
    truth: Objects,
    targets: Targets,
    settings: SampleSettings,
    anchors: Anchors,
    level_names: tuple[str, ...],
) -> None:
    """Draw the controls, what is left out, and the draw by level and by object."""
    draw_sampling()
    batch = targets.minibatch
    st.markdown(
        tr(
            "**{anchors} of {all:,}**: {positives} and {negatives}. {batch}",
            anchors=count_anchors(len(batch)),
            all=len(anchors),
            positives=nmsg("{count} positive", "{count:,} positives", count=len(batch.positives)),
            negatives=nmsg("{count} negative", "{count:,} negatives", count=len(batch.negatives)),
            batch=what_is_left_out(batch, settings),
        )
    )
    by_level, by_object = st.columns(2)
    with by_level:
        st.dataframe(_by_level(targets, anchors, level_names), hide_index=True)
    with by_object:
        if len(truth):
            st.dataframe(
                _by_object(truth, targets),
                hide_index=True,
                height="auto" if len(truth) <= 8 else 320,
            )


def _by_level(
    targets: Targets, anchors: Anchors, level_names: tuple[str, ...]
) -> dict[str, list[object]]:
    rows: dict[str, list[object]] = {tr("anchors"): [str(role.label) for role in Role]}
    for name, level in zip(level_names, anchors.levels, strict=True):
        roles = targets.minibatch.role[level.start : level.start + level.count]
        rows[name] = [int((roles == int(role)).sum()) for role in Role]
    rows[tr("in all")] = [targets.minibatch.count(role) for role in Role]
    return rows


def _by_object(truth: Objects, targets: Targets) -> dict[str, list[object]]:
    learns = targets.matching.matches.target[targets.minibatch.positives]
    drawn = torch.bincount(learns, minlength=len(truth))
    return {
        tr("object"): [place + 1 for place in range(len(truth))],
        tr("category"): list(truth.categories),
        tr("positives drawn"): drawn.tolist(),
        tr("positives"): targets.tally.positives.tolist(),
    }
