"""What decides which proposals a photo gives: one frozen slice for each stage.

A stage takes its own slice and never the whole.

    InputSettings     -> network_input      how the photo becomes the network's input
    AnchorSettings    -> anchors            which boxes are laid on every cell
    HeadSettings      -> head               what to do with anchors that a model does not know
    SelectionSettings -> selection          which boxes may enter NMS
    NmsSettings       -> nms, ledger        which of those survive, and how many are kept
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rpn_core.messages import msg, nmsg
from rpn_core.settings.check import check, setting_error
from rpn_core.settings.declare import (
    When,
    choice,
    number,
    numbers_per_level,
    shapes_per_level,
    switch,
)

AnchorConvention = Literal["torchvision", "detectron2", "mmdetection"]
ForeignAnchors = Literal["borrow", "geometry"]
NmsMethod = Literal["greedy", "soft-linear", "soft-gaussian", "none"]
Shapes = tuple[tuple[float, float], ...]  # (width, height) of each anchor on a cell of a level

_SIZES = (2, 2048)
_RATIOS = (0.05, 20)


@dataclass(frozen=True, slots=True)
class InputSettings:
    """How large the photo is shown to the network (torchvision's min_size / max_size rule)."""

    min_side: int = number(
        448, 64, 1600,
        step=32, form="slider", unit=msg("px of the network input"), key="min",
        label=msg("Short side"),
        reason=msg(
            "The photo is scaled until its short side has this length, unless the long side would "
            "pass its limit first. Larger finds smaller objects and costs time."
        ),
    )  # fmt: skip
    max_side: int = number(
        448, 64, 2048,
        step=32, form="slider", unit=msg("px of the network input"), key="max",
        label=msg("Long side, at most"),
        reason=msg("No side of the network input is longer than this."),
    )  # fmt: skip

    def __post_init__(self) -> None:
        check(self)
        if self.max_side < self.min_side:
            raise setting_error(
                "max_side",
                msg(
                    '"Long side, at most" is {long}, but it must not be less than "Short side" '
                    "({short}).",
                    long=self.max_side, short=self.min_side,
                ),
            )  # fmt: skip


@dataclass(frozen=True, slots=True)
class AnchorSettings:
    """Which anchors lie on every cell of every level.

    `sizes[l]` and `aspect_ratios[l]` (h/w) belong to level l; each cell of the level gets one
    anchor per pair of them. A level with no size or no ratio has no anchors. Where `shapes[l]` is
    not empty, the cells of level l get exactly these (width, height) instead, in their order; its
    sizes and ratios then wait unused. `shapes` is () where no level has a list. `size_factor`
    multiplies every size and shape. `convention` decides stride, rounding and the order of pairs
    within a cell; `anchors.shapes.level_shapes` tells what follows:

        torchvision  stride = padded size // grid size, corners rounded half-to-even, ratio-major
        detectron2   the level's nominal stride, no rounding, size-major
        mmdetection  the level's nominal stride, no rounding, ratio-major (its scale_major=True)
    """

    sizes: tuple[tuple[float, ...], ...] = numbers_per_level(
        ((16, 25, 40), (51, 64, 81), (102, 128, 161), (203, 287, 406)), *_SIZES,
        step=1, unit=msg("px of the network input, sqrt(area)"), key="sizes",
        label=msg("Anchor sizes"),
        reason=msg(
            "Square root of an anchor's area. An object learns from, and is found by, anchors of "
            "about its own size."
        ),
    )  # fmt: skip
    aspect_ratios: tuple[tuple[float, ...], ...] = numbers_per_level(
        ((0.5, 1, 2),) * 4, *_RATIOS,
        step=0.05, unit=msg("height / width"), key="ratios", shared=True,
        label=msg("Aspect ratios (h/w)"),
        reason=msg("2 is twice as tall as wide, 0.5 twice as wide as tall. Area stays the same."),
    )  # fmt: skip
    size_factor: float = number(
        1.0, 0.25, 4,
        step=0.01, form="slider", unit=msg("times"), key="scale",
        label=msg("Size of all anchors"),
        reason=msg("Multiplies every anchor size at once, on every level."),
    )  # fmt: skip
    offset: float = number(
        0.5, 0, 1,
        step=0.05, form="slider", unit=msg("strides"), key="offset",
        label=msg("Grid offset"),
        reason=msg(
            "Where in its cell an anchor is centred: 0 is the corner (torchvision), 0.5 the middle."
        ),
    )  # fmt: skip
    convention: AnchorConvention = choice(
        "detectron2",
        key="convention",
        options={
            "torchvision": msg("torchvision"),
            "detectron2": msg("detectron2"),
            "mmdetection": msg("mmdetection"),
        },
        label=msg("Convention"),
        reason=msg(
            "How stride and corners are rounded, and the order on a cell. torchvision: padded size "
            "divided by the grid, whole pixels; all sizes of the first ratio come first. "
            "detectron2: nominal stride, no rounding; all ratios of the first size come first. "
            "mmdetection: as detectron2, in torchvision's order."
        ),
    )
    shapes: tuple[Shapes, ...] = shapes_per_level(
        (),
        low=_SIZES[0], high=_SIZES[1], least_ratio=_RATIOS[0], most_ratio=_RATIOS[1],
        unit=msg("px of the network input"), key="shapes", optional_in_files=True,
        label=msg("Anchor shapes"),
        reason=msg(
            "Width x height of each anchor, as YOLO and k-means give them. A level with a list of "
            "these lays them as they are, instead of its sizes with its ratios."
        ),
    )  # fmt: skip

    def __post_init__(self) -> None:
        check(self)
        if len(self.sizes) != len(self.aspect_ratios):
            raise setting_error(
                "aspect_ratios",
                nmsg(
                    '"Anchor sizes" has {count} level and "Aspect ratios (h/w)" {ratios}, but both '
                    "must have one list per level of the model.",
                    '"Anchor sizes" has {count} levels and "Aspect ratios (h/w)" {ratios}, but '
                    "both must have one list per level of the model.",
                    count=len(self.sizes), ratios=len(self.aspect_ratios),
                ),
            )  # fmt: skip
        if self.shapes and len(self.shapes) != len(self.sizes):
            raise setting_error(
                "shapes",
                nmsg(
                    '"Anchor sizes" has {count} level and "Anchor shapes" {shapes}, but both must '
                    "have one list per level of the model.",
                    '"Anchor sizes" has {count} levels and "Anchor shapes" {shapes}, but both must '
                    "have one list per level of the model.",
                    count=len(self.sizes), shapes=len(self.shapes),
                ),
            )  # fmt: skip
        if not any(self.shapes):  # so that settings that mean the same are equal
            object.__setattr__(self, "shapes", ())

    def listed(self, level: int) -> Shapes:
        """The list of a level, before the size factor; () where sizes and ratios are in force."""
        return self.shapes[level] if self.shapes else ()


@dataclass(frozen=True, slots=True)
class HeadSettings:
    """What a head with one channel for each trained anchor does with others.

    `borrow` takes score and box of the trained anchor of nearest shape at the same cell,
    `geometry` draws the anchors without scores. A head that scores any anchor does not read it.
    """

    foreign_anchors: ForeignAnchors = choice(
        "borrow",
        key="foreign",
        look="radio",
        optional_in_files=True,
        options={
            "borrow": msg("borrow: score and box of the trained anchor of nearest shape"),
            "geometry": msg("geometry only: no scores"),
        },
        label=msg("Anchors the model was not trained for"),
        reason=msg(
            "A common head has one channel for each anchor that it was trained for, and no score "
            "of its own for any other."
        ),
    )

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True, slots=True)
class SelectionSettings:
    """Which decoded boxes may enter NMS."""

    pre_nms_top_n: int = number(
        1000, 1, 100_000,
        step=100, unit=msg("boxes per level"), key="pre",
        label=msg("Before NMS, best N a level"),
        reason=msg(
            "Only the best-scored boxes of each level enter NMS. Too few, and dense small objects "
            "are lost before NMS sees them."
        ),
    )  # fmt: skip
    min_size: float = number(
        1e-3, 0, 256,
        step=1, unit=msg("px of the network input"), key="minsize",
        label=msg("Smallest side"),
        reason=msg("Boxes with a shorter side, after clipping to the image, are dropped."),
    )  # fmt: skip
    score_thresh: float = number(
        0.0, 0, 1,
        step=0.01, form="slider", unit=msg("probability of foreground"), key="score",
        label=msg("Score, at least"),
        reason=msg("Boxes scored below this are dropped before NMS."),
    )  # fmt: skip
    drop_cross_border: bool = switch(
        False,
        key="inside",
        label=msg("Drop anchors that cross the border"),
        reason=msg(
            "The paper's rule for training: such anchors are left out. Their fate is counted."
        ),
    )

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True, slots=True)
class NmsSettings:
    """Which boxes survive their neighbours, and how many are kept.

    `method` decides what happens to a box that overlaps a better one:

        greedy         suppressed when IoU > nms_thresh
        soft-linear    score *= 1 - IoU when IoU > nms_thresh           (Bodla et al. 2017)
        soft-gaussian  score *= exp(-IoU^2 / sigma), whatever the IoU
        none           nothing

    With the soft ones a box is suppressed when its score falls below `soft_score_thresh` by it.
    Without `across_levels` only boxes of one level meet, as in torchvision.
    """

    nms_thresh: float = number(
        0.7, 0, 1,
        step=0.01, form="slider", unit=msg("IoU"), key="nms",
        when=When("method", ("greedy", "soft-linear")),
        label=msg("NMS IoU threshold"),
        reason=msg(
            "A box is suppressed when it overlaps a better one by more than this. "
            "Lower removes more duplicates, and more neighbours."
        ),
    )  # fmt: skip
    post_nms_top_n: int = number(
        1000, 1, 10_000,
        step=100, unit=msg("boxes per image"), key="post",
        label=msg("After NMS, best N in all"),
        reason=msg(
            "The best-scored survivors of all levels together that become proposals."
        ),
    )  # fmt: skip
    method: NmsMethod = choice(
        "greedy",
        key="method",
        optional_in_files=True,
        options={
            "greedy": msg("greedy"),
            "soft-linear": msg("Soft-NMS, linear"),
            "soft-gaussian": msg("Soft-NMS, Gaussian"),
            "none": msg("none"),
        },
        label=msg("NMS method"),
        reason=msg(
            "Greedy drops a box that overlaps a better one. Soft-NMS (Bodla et al. 2017) lowers "
            "its score instead, by the overlap. None keeps every box, best score first."
        ),
    )
    sigma: float = number(
        0.5, 0.01, 10,
        step=0.01, form="slider", unit=msg("none, as IoU has none"), key="sigma",
        optional_in_files=True,
        when=When("method", ("soft-gaussian",)),
        label=msg("Soft-NMS sigma"),
        reason=msg(
            "How gently Gaussian Soft-NMS lowers the score of a box that overlaps a better one: "
            "the larger, the less it takes."
        ),
    )  # fmt: skip
    soft_score_thresh: float = number(
        0.001, 0, 1,
        step=0.001, unit=msg("probability of foreground, after decay"), key="soft",
        optional_in_files=True,
        when=When("method", ("soft-linear", "soft-gaussian")),
        label=msg("Soft-NMS score, at least"),
        reason=msg(
            "With Soft-NMS a box is suppressed when its score has been lowered below this."
        ),
    )  # fmt: skip
    across_levels: bool = switch(
        False,
        key="across",
        optional_in_files=True,
        when=When("method", ("greedy", "soft-linear", "soft-gaussian")),
        label=msg("NMS across levels"),
        reason=msg(
            "Boxes of different levels then meet in NMS too. Off: each level for itself, as in "
            "torchvision and detectron2."
        ),
    )

    def __post_init__(self) -> None:
        check(self)
