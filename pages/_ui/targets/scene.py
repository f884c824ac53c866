"""What the picture of the page shows: anchors by what they learn, by the draw, or by their loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

import numpy as np
import torch
from torch import Tensor

from pages._ui.run.results import Results
from pages._ui.scene.scene import (
    AnchorClasses,
    AnchorValues,
    ClassStyle,
    ObjectStates,
    Scene,
    ViewHint,
    scene_from_stages,
)
from pages._ui.state.workbench import Workbench
from pages._ui.targets.results import Targets
from rpn_core.figures.palette import OBJECT_STYLE, LineStyle
from rpn_core.figures.targets_palette import ROLE_STYLES, STATE_STYLES
from rpn_core.labels.ground_truth import GroundTruth
from rpn_core.messages import Message, msg
from rpn_core.targets.anchor_state import AnchorState
from rpn_core.targets.minibatch import Role


class Panel(StrEnum):
    """What a person looks at; the picture follows."""

    OBJECTS = "objects"
    MINIBATCH = "minibatch"
    LOSS = "loss"
    RECALL = "recall"
    KEEP = "keep"


_LEARNT = ClassStyle(msg("has a positive"), OBJECT_STYLE)
_LOW_QUALITY = ClassStyle(msg("low quality only"), LineStyle("#e69f00", (7, 3), 2.5))
_ALONE = ClassStyle(msg("no positive anchor"), LineStyle("#d55e00", (2, 3), 2.5))
_FOUND = ClassStyle(msg("found"), OBJECT_STYLE)
_LOST = ClassStyle(msg("lost"), LineStyle("#d55e00", (2, 3), 2.5))
_OF_ANOTHER = ClassStyle(msg("positive for another object"), LineStyle("#8c96a5", (2, 3), 1), False)
_AT_FIRST = (AnchorState.POSITIVE, AnchorState.LOW_QUALITY)


def targets_scene(
    bench: Workbench,
    results: Results,
    truth: GroundTruth,
    targets: Targets,
    panel: Panel,
    *,
    focus: int | None,
    iou_thresh: float,
) -> Scene:
    """Collect what the canvas draws for a panel.

    Args:
        focus: place of the one object whose positives are to be seen, or None for all.
        iou_thresh: from which IoU on an object counts as found.
    """
    scene = Scene(
        results.photo,
        targets.frame,
        targets.anchors,
        bench.level_names,
        None,
    )
    hint: ViewHint = "classes"
    classes: AnchorClasses | None = _by_state(targets, focus)
    values: AnchorValues | None = None
    states = _learnt(targets)
    if panel is Panel.MINIBATCH:
        classes = _by_role(targets)
    elif panel is Panel.LOSS and targets.terms is not None:
        classes, values, hint = _by_role(targets), _by_loss(targets, len(targets.anchors)), "values"
    elif panel is Panel.RECALL and results.stages is not None:
        scene = scene_from_stages(
            results.stages, results.photo, bench.level_names, score_note=results.score_note
        )
        classes, hint = None, "proposals"
        states = _found(targets, iou_thresh)
    return replace(
        scene,
        view_hint=hint,
        objects=truth.objects,
        object_states=states,
        objects_numbered=True,
        objects_editable=True,
        objects_revision=truth.revision,
        classes=classes,
        values=values,
    )


def _learnt(targets: Targets) -> ObjectStates:
    tally = targets.tally
    of = torch.where(tally.strict > 0, 0, torch.where(tally.low_quality > 0, 1, 2))
    return ObjectStates(of.numpy().astype(np.uint8), (_LEARNT, _LOW_QUALITY, _ALONE))


def _found(targets: Targets, iou_thresh: float) -> ObjectStates:
    of = np.zeros(len(targets.objects), np.uint8)
    if targets.recall is not None:
        found = targets.recall.found(iou_thresh)[-1].numpy()
        of[list(targets.followed)] = np.where(found, 0, 1)
    return ObjectStates(of, (_FOUND, _LOST))


def _styles(styles: Sequence[ClassStyle], of: Tensor, name: Message) -> AnchorClasses:
    return AnchorClasses(of.to(torch.uint8), tuple(styles), name)


def _by_state(targets: Targets, focus: int | None) -> AnchorClasses:
    styles = [
        ClassStyle(state.label, STATE_STYLES[state], shown=state in _AT_FIRST)
        for state in AnchorState
    ]
    of = targets.matching.state
    if focus is not None:
        target = targets.matching.matches.target
        of = torch.where((target >= 0) & (target != focus), len(styles), of)
        styles.append(_OF_ANOTHER)
    return _styles(styles, of, msg("match"))


def _by_role(targets: Targets) -> AnchorClasses:
    shown = (Role.POSITIVE, Role.NEGATIVE)
    styles = [ClassStyle(role.label, ROLE_STYLES[role], shown=role in shown) for role in Role]
    return _styles(styles, targets.minibatch.role, msg("mini-batch"))


def _by_loss(targets: Targets, anchors: int) -> AnchorValues:
    assert targets.terms is not None
    values = torch.full((anchors,), torch.nan)
    values[targets.terms.anchor] = targets.terms.part
    return AnchorValues(values, msg("loss"))
