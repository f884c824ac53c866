"""Every setting of the RPN, one frozen slice a stage; each control's default, range, unit, reason.

A stage takes its own slice and never the whole: the signature is the dependency graph.

    InputSettings     -> network_input      how the photo becomes the network's input
    AnchorSettings    -> anchors, head      which boxes are laid on every cell
    SelectionSettings -> selection          which boxes may enter NMS
    NmsSettings       -> nms, ledger        which of those survive, and how many are kept
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Literal, get_args

from rpn_core.errors import UserError

AnchorConvention = Literal["torchvision", "detectron2"]
ForeignAnchors = Literal["borrow", "geometry"]

MAX_LEVELS = 6
MAX_VALUES_PER_LEVEL = 10


@dataclass(frozen=True, slots=True)
class Control:
    """What a person may do with one setting, and why it is there.

    `low` and `high` are inclusive and in `unit`; `reason` is one sentence for the tooltip.
    """

    label: str
    low: float
    high: float
    step: float
    unit: str
    reason: str


CONTROLS: dict[str, Control] = {
    "min_side": Control(
        "Short side",
        64,
        1600,
        32,
        "px of the network input",
        "The photo is scaled until its short side has this length, unless the long side would "
        "pass its limit first. Larger finds smaller objects and costs time.",
    ),
    "max_side": Control(
        "Long side, at most",
        64,
        2048,
        32,
        "px of the network input",
        "No side of the network input is longer than this.",
    ),
    "sizes": Control(
        "Anchor sizes",
        2,
        2048,
        1,
        "px of the network input, sqrt(area)",
        "Square root of an anchor's area. An object learns from, and is found by, anchors of "
        "about its own size.",
    ),
    "aspect_ratios": Control(
        "Aspect ratios (h/w)",
        0.05,
        20,
        0.05,
        "height / width",
        "2 is twice as tall as wide, 0.5 twice as wide as tall. Area stays the same.",
    ),
    "size_factor": Control(
        "Size of all anchors",
        0.25,
        4,
        0.01,
        "times",
        "Multiplies every anchor size at once, on every level.",
    ),
    "offset": Control(
        "Grid offset",
        0,
        1,
        0.05,
        "strides",
        "Where in its cell an anchor is centred: 0 is the corner (torchvision), 0.5 the middle.",
    ),
    "pre_nms_top_n": Control(
        "Before NMS, best N a level",
        1,
        100_000,
        1,
        "boxes per level",
        "Only the best-scored boxes of each level enter NMS. Too few, and dense small objects "
        "are lost before NMS sees them.",
    ),
    "min_size": Control(
        "Smallest side",
        0,
        256,
        0.001,
        "px of the network input",
        "Boxes with a shorter side, after clipping to the image, are dropped.",
    ),
    "score_thresh": Control(
        "Score, at least",
        0,
        1,
        0.01,
        "probability of foreground",
        "Boxes scored below this are dropped before NMS.",
    ),
    "nms_thresh": Control(
        "NMS IoU threshold",
        0,
        1,
        0.01,
        "IoU",
        "A box is suppressed when it overlaps a better one of its level by more than this. "
        "Lower removes more duplicates, and more neighbours.",
    ),
    "post_nms_top_n": Control(
        "After NMS, best N in all",
        1,
        10_000,
        1,
        "boxes per image",
        "The best-scored survivors of all levels together that become proposals.",
    ),
}


def _number(name: str, value: object, *, integer: bool = False) -> None:
    control = CONTROLS[name]
    wanted = (
        f"{'a whole number' if integer else 'a number'} from {control.low:g} to {control.high:g}"
    )
    kinds = int if integer else (int, float)
    # The comparison also refuses NaN, the infinities and integers too large for a float.
    if (
        not isinstance(value, kinds)
        or isinstance(value, bool)
        or not control.low <= value <= control.high
    ):
        raise UserError(f"{name} is {_shown(value)}, but it must be {wanted} ({control.unit}).")


def _shown(value: object) -> str:
    """A value that came from outside, short enough for a sentence."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _per_level(name: str, value: object) -> None:
    if not isinstance(value, tuple) or not all(isinstance(level, tuple) for level in value):
        raise UserError(f"{name} is {_shown(value)}, but it must be one list of numbers per level.")
    if not 1 <= len(value) <= MAX_LEVELS:
        raise UserError(f"{name} has {len(value)} levels, but a model has 1 to {MAX_LEVELS}.")
    for level in value:
        if len(level) > MAX_VALUES_PER_LEVEL:
            raise UserError(
                f"{name} has {len(level)} values on one level, but at most "
                f"{MAX_VALUES_PER_LEVEL} are possible: remove some."
            )
        for number in level:
            _number(name, number)


@dataclass(frozen=True, slots=True)
class InputSettings:
    """How large the photo is shown to the network (torchvision's min_size / max_size rule)."""

    min_side: int = 448
    max_side: int = 448

    def __post_init__(self) -> None:
        _number("min_side", self.min_side, integer=True)
        _number("max_side", self.max_side, integer=True)
        if self.max_side < self.min_side:
            raise UserError(
                f"max_side is {self.max_side}, but it must not be less than "
                f"min_side ({self.min_side})."
            )


@dataclass(frozen=True, slots=True)
class AnchorSettings:
    """Which anchors lie on every cell of every level.

    `sizes[l]` and `aspect_ratios[l]` (h/w) belong to level l; each cell of the level gets one
    anchor per pair of them. A level with no size or no ratio has no anchors. `size_factor`
    multiplies every size. `convention` decides stride, rounding and the order within a cell:

        torchvision  stride = padded size // grid size, corners rounded half-to-even, ratio-major
        detectron2   the level's nominal stride, no rounding, size-major
    """

    sizes: tuple[tuple[float, ...], ...] = ((32, 51), (64, 102), (128, 203), (256, 406))
    aspect_ratios: tuple[tuple[float, ...], ...] = ((0.5, 1, 2),) * 4
    size_factor: float = 1.0
    offset: float = 0.5
    convention: AnchorConvention = "detectron2"

    def __post_init__(self) -> None:
        _per_level("sizes", self.sizes)
        _per_level("aspect_ratios", self.aspect_ratios)
        if len(self.sizes) != len(self.aspect_ratios):
            raise UserError(
                f"sizes has {len(self.sizes)} levels and aspect_ratios {len(self.aspect_ratios)}, "
                "but both must have one list per level of the model."
            )
        _number("size_factor", self.size_factor)
        _number("offset", self.offset)
        if self.convention not in get_args(AnchorConvention):
            raise UserError(
                f"convention is {_shown(self.convention)}, but it must be one of "
                f"{', '.join(get_args(AnchorConvention))}."
            )


@dataclass(frozen=True, slots=True)
class SelectionSettings:
    """Which decoded boxes may enter NMS."""

    pre_nms_top_n: int = 1000
    min_size: float = 1e-3
    score_thresh: float = 0.0
    drop_cross_border: bool = False

    def __post_init__(self) -> None:
        _number("pre_nms_top_n", self.pre_nms_top_n, integer=True)
        _number("min_size", self.min_size)
        _number("score_thresh", self.score_thresh)
        if not isinstance(self.drop_cross_border, bool):
            raise UserError(
                f"drop_cross_border is {_shown(self.drop_cross_border)}, but it must be true or "
                "false."
            )


@dataclass(frozen=True, slots=True)
class NmsSettings:
    """Which boxes survive their neighbours, and how many are kept."""

    nms_thresh: float = 0.7
    post_nms_top_n: int = 1000

    def __post_init__(self) -> None:
        _number("nms_thresh", self.nms_thresh)
        _number("post_nms_top_n", self.post_nms_top_n, integer=True)


@dataclass(frozen=True, slots=True)
class Settings:
    """All slices together, for presets, links and files; no stage takes this.

    `foreign_anchors` is read by heads with one channel per trained anchor only, when the anchors
    are not the trained ones: `borrow` takes score and box of the trained anchor of nearest shape
    at the same cell, `geometry` draws the anchors without scores.
    """

    input: InputSettings = field(default_factory=InputSettings)
    anchors: AnchorSettings = field(default_factory=AnchorSettings)
    selection: SelectionSettings = field(default_factory=SelectionSettings)
    nms: NmsSettings = field(default_factory=NmsSettings)
    foreign_anchors: ForeignAnchors = "borrow"

    def __post_init__(self) -> None:
        for slice_ in fields(self)[:4]:
            kind = slice_.default_factory
            if not isinstance(getattr(self, slice_.name), kind):  # type: ignore[arg-type]
                raise UserError(f"{slice_.name} must be {kind}.")
        if self.foreign_anchors not in get_args(ForeignAnchors):
            raise UserError(
                f"foreign_anchors is {_shown(self.foreign_anchors)}, but it must be one of "
                f"{', '.join(get_args(ForeignAnchors))}."
            )
