"""What training sees of an image: which anchors learn, which of them are drawn, and their loss.

    MatchSettings     -> matching           which anchors learn from which object
    SampleSettings    -> minibatch          which of them are drawn into the loss
    LossSettings      -> loss terms         how the loss adds up

Files from before these were settings lack them, and mean torchvision's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rpn_core.messages import msg
from rpn_core.settings.check import check, setting_error
from rpn_core.settings.declare import choice, number, switch

LossForm = Literal["paper", "torchvision"]

LEAST_FG_IOU = 0.05
_LAMBDAS: dict[LossForm, float] = {"paper": 10.0, "torchvision": 1.0}


@dataclass(frozen=True, slots=True)
class MatchSettings:
    """Which anchors learn from which object.

    The defaults are torchvision's. The paper's also leave out anchors that cross the border.
    """

    fg_iou_thresh: float = number(
        0.7, LEAST_FG_IOU, 1,
        step=0.01, unit=msg("IoU"), decimals=2, key="fg", optional_in_files=True,
        along=lambda now, fg: {"bg_iou_thresh": min(fg, now.bg_iou_thresh)},
        label=msg("Foreground IoU, at least"),
        reason=msg(
            "An anchor learns from the object that it overlaps most, if by at least this."
        ),
    )  # fmt: skip
    bg_iou_thresh: float = number(
        0.3, 0, 1,
        step=0.01, unit=msg("IoU"), decimals=2, key="bg", optional_in_files=True,
        along=lambda now, bg: {"fg_iou_thresh": max(bg, now.fg_iou_thresh, LEAST_FG_IOU)},
        label=msg("Background IoU, below"),
        reason=msg(
            "An anchor that overlaps no object by this much learns that it is background. What "
            "lies between the two thresholds is ignored."
        ),
    )  # fmt: skip
    allow_low_quality: bool = switch(
        True,
        key="lowq",
        optional_in_files=True,
        label=msg("Low-quality matches"),
        reason=msg(
            "The anchor with the highest IoU of all for some object is positive, however low that "
            "IoU is (Ren et al. 2015, sec. 3.1.2, rule i). As in torchvision it then learns from "
            "the object that it overlaps most."
        ),
    )
    drop_cross_border: bool = switch(
        False,
        key="nocross",
        optional_in_files=True,
        label=msg("Leave out anchors that cross the border"),
        reason=msg("The paper's rule for training; torchvision and detectron2 keep such anchors."),
    )
    crowd_iof_thresh: float = number(
        0.5, 0, 1,
        step=0.01, unit=msg("intersection over the anchor's area"), decimals=2, key="crowd",
        optional_in_files=True,
        label=msg("Crowd rule, share of the anchor above"),
        reason=msg(
            "An anchor with a larger share of its area in a crowd region is ignored "
            "(mmdetection's ignore_iof_thr); 1 turns the rule off, and such anchors count as "
            "background, as in detectron2 and torchvision, which leave crowds out."
        ),
    )  # fmt: skip

    def __post_init__(self) -> None:
        check(self)
        if self.bg_iou_thresh > self.fg_iou_thresh:
            raise setting_error(
                "bg_iou_thresh",
                msg(
                    '"Background IoU, below" is {bg:g}, but it must not be more than '
                    '"Foreground IoU, at least" ({fg:g}).',
                    bg=self.bg_iou_thresh, fg=self.fg_iou_thresh,
                ),
            )  # fmt: skip


@dataclass(frozen=True, slots=True)
class SampleSettings:
    """Which anchors are drawn into the loss of one image."""

    batch_size_per_image: int = number(
        256, 1, 4096,
        step=16, unit=msg("anchors per image"), key="batch", optional_in_files=True,
        label=msg("Mini-batch, anchors an image"),
        reason=msg(
            "So many anchors are drawn into the loss; 256 in the paper. All of them would drown "
            "the few positives in background."
        ),
    )  # fmt: skip
    positive_fraction: float = number(
        0.5, 0, 1,
        step=0.05, unit=msg("share of the mini-batch"), decimals=2, key="pos",
        optional_in_files=True,
        label=msg("Positives, at most"),
        reason=msg("Negatives fill up what positives leave; 0.5 in the paper."),
    )  # fmt: skip
    seed: int = number(
        0, 0, 2**31 - 1,
        step=1, unit=msg("any whole number"), key="seed", optional_in_files=True,
        label=msg("Seed of the draw"),
        reason=msg("The same seed draws the same anchors again."),
    )  # fmt: skip

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True, slots=True)
class LossSettings:
    """How the loss of the drawn anchors adds up.

    torchvision  N_cls = N_reg = anchors drawn                           lambda 1
    paper        N_cls = size of the mini-batch, N_reg = cells of the    lambda 10
                 grids ("anchor locations")
    """

    form: LossForm = choice(
        "torchvision",
        key="loss",
        look="segmented",
        along=lambda _, form: {"reg_lambda": _LAMBDAS[form]},
        optional_in_files=True,
        options={"paper": msg("the paper's"), "torchvision": msg("torchvision")},
        label=msg("Form"),
        reason=msg(
            "torchvision divides both sums by the number of drawn anchors. The paper divides the "
            "scores' by the size of the mini-batch and the offsets' by the number of anchor "
            "locations, and weights those by lambda = 10."
        ),
    )
    reg_lambda: float = number(
        1.0, 0, 1000,
        step=0.1, unit=msg("times"), key="lambda", optional_in_files=True,
        label=msg("Lambda"),
        reason=msg(
            "Weight of the box loss: 10 in the paper, where N_reg is about ten times N_cls; 1 in "
            "torchvision, where both are the number of sampled anchors."
        ),
    )  # fmt: skip
    beta: float = number(
        1 / 9, 0, 10,
        step=0.001, unit=msg("of a delta"), decimals=3, key="beta", optional_in_files=True,
        label=msg("Smooth L1, beta"),
        reason=msg(
            "Below this distance the loss is a parabola, above it a straight line; 0 is plain L1. "
            "1/9 in the paper's own code and in torchvision."
        ),
    )  # fmt: skip

    def __post_init__(self) -> None:
        check(self)
