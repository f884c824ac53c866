"""Models that `train` can make beside those of the table: any backbone of timm, ordinary heads."""

from __future__ import annotations

from dataclasses import replace

from rpn_core.anchors.shapes import shape_counts
from rpn_core.errors import UserError
from rpn_core.messages import msg
from rpn_core.models.catalogue.card import ModelCard, WeightsKind
from rpn_core.models.catalogue.table import CARDS, DEFAULT_MODEL
from rpn_core.models.networks.plan import DEFAULT_PLAN, NetworkPlan

ONE_MAP = "lite0-c4"
FIXED = "-fixed"  # after a name: with an ordinary head, to measure the other one against
TIMM = "timm-"  # before a backbone's name: timm has a vgg16 too


def trainable_name(name: str) -> str:
    """The model's name for what `train --model` was given: `resnet18` means `timm-resnet18`."""
    own = name.removesuffix(FIXED) in (DEFAULT_MODEL, ONE_MAP) or name.startswith(TIMM)
    return name if own else TIMM + name


def network_plan(name: str) -> NetworkPlan:
    """What is built for `lite0-fpn`, `lite0-c4` or `timm-...`, each also with `-fixed`.

    Raises:
        UserError: it is none of these.
    """
    if name.endswith(FIXED):
        plan = network_plan(name.removesuffix(FIXED))
        anchors = model_card(name.removesuffix(FIXED)).own_settings.anchors
        return replace(plan, fixed_shapes=shape_counts(anchors)[0])
    if name == DEFAULT_MODEL:
        return DEFAULT_PLAN
    if name == ONE_MAP:
        return NetworkPlan(strides=(16,))
    if name.startswith(TIMM):
        return NetworkPlan(backbone=name.removeprefix(TIMM))
    raise UserError(
        "There is no model {name!r}: choose one of {models}, or one that you trained ({prefix} "
        "and the backbone's name).",
        name=name,
        models=tuple(CARDS),
        prefix=TIMM,
    )


def model_card(name: str) -> ModelCard:
    """The card of any model: of the table, or one that `train` makes.

    What has no card has the anchors and settings of the default model.

    Raises:
        UserError: there is no such model.
    """
    if name in CARDS:
        return CARDS[name]
    plan = network_plan(name)
    own = CARDS.get(name.removesuffix(FIXED), CARDS[DEFAULT_MODEL])
    return replace(
        own,
        name=name,
        title=msg("Fixed anchors, {backbone}", backbone=plan.backbone)
        if plan.fixed_shapes
        else msg("Any anchor, {backbone}", backbone=plan.backbone),
        weights_kind=WeightsKind.NONE,
        weights_origin=msg("No weights: for those that you train."),
        weights_file=None,
        sha256=None,
        strides=plan.strides,
        figures=None,
        any_anchor=not plan.fixed_shapes,
        trained_shapes=None,
    )
