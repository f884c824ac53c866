"""Every setting of the RPN, one frozen slice a stage; each control's default, range, unit, reason.

A stage takes its own slice and never the whole: the signature is the dependency graph.

    InputSettings     -> network_input      how the photo becomes the network's input
    AnchorSettings    -> anchors, head      which boxes are laid on every cell
    SelectionSettings -> selection          which boxes may enter NMS
    NmsSettings       -> nms, ledger        which of those survive, and how many are kept

What training would see of an image has slices of its own, which are no part of `Settings`:

    MatchSettings     -> targets            which anchors learn from which object
    SampleSettings    -> minibatch          which of them are drawn into the loss
    LossSettings      -> loss terms         how the loss adds up
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Literal, get_args

from rpn_core.errors import UserError

AnchorConvention = Literal["torchvision", "detectron2"]
ForeignAnchors = Literal["borrow", "geometry"]
NmsMethod = Literal["greedy", "soft-linear", "soft-gaussian", "none"]
LossForm = Literal["paper", "torchvision"]

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
        "A box is suppressed when it overlaps a better one by more than this. "
        "Lower removes more duplicates, and more neighbours.",
    ),
    "sigma": Control(
        "Soft-NMS sigma",
        0.01,
        10,
        0.01,
        "none, as IoU has none",
        "How gently Gaussian Soft-NMS lowers the score of a box that overlaps a better one: the "
        "larger, the less it takes.",
    ),
    "soft_score_thresh": Control(
        "Soft-NMS score, at least",
        0,
        1,
        0.001,
        "probability of foreground, after decay",
        "With Soft-NMS a box is suppressed when its score has been lowered below this.",
    ),
    "post_nms_top_n": Control(
        "After NMS, best N in all",
        1,
        10_000,
        1,
        "boxes per image",
        "The best-scored survivors of all levels together that become proposals.",
    ),
    "fg_iou_thresh": Control(
        "Foreground IoU, at least",
        0.05,
        1,
        0.01,
        "IoU",
        "An anchor learns from the object that it overlaps most, if by at least this.",
    ),
    "bg_iou_thresh": Control(
        "Background IoU, below",
        0,
        1,
        0.01,
        "IoU",
        "An anchor that overlaps no object by this much learns that it is background. What lies "
        "between the two thresholds is ignored.",
    ),
    "crowd_iof_thresh": Control(
        "Crowd rule, share of the anchor above",
        0,
        1,
        0.01,
        "intersection over the anchor's area",
        "An anchor with a larger share of its area in a crowd region is ignored "
        "(mmdetection's ignore_iof_thr); 1 turns the rule off, and such anchors count as "
        "background, as in detectron2 and torchvision, which leave crowds out.",
    ),
    "batch_size_per_image": Control(
        "Mini-batch, anchors an image",
        1,
        4096,
        1,
        "anchors per image",
        "So many anchors are drawn into the loss; 256 in the paper. All of them would drown the "
        "few positives in background.",
    ),
    "positive_fraction": Control(
        "Positives, at most",
        0,
        1,
        0.05,
        "share of the mini-batch",
        "Negatives fill up what positives leave; 0.5 in the paper.",
    ),
    "seed": Control(
        "Seed of the draw",
        0,
        2**31 - 1,
        1,
        "any whole number",
        "The same seed draws the same anchors again.",
    ),
    "reg_lambda": Control(
        "Lambda",
        0,
        1000,
        0.1,
        "times",
        "Weight of the box loss: 10 in the paper, where N_reg is about ten times N_cls; 1 in "
        "torchvision, where both are the number of sampled anchors.",
    ),
    "beta": Control(
        "Smooth L1, beta",
        0,
        10,
        0.001,
        "of a delta",
        "Below this distance the loss is a parabola, above it a straight line; 0 is plain L1. "
        "1/9 in the paper's own code and in torchvision.",
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

    sizes: tuple[tuple[float, ...], ...] = (
        (16, 25, 40),
        (51, 64, 81),
        (102, 128, 161),
        (203, 287, 406),
    )
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
    """Which boxes survive their neighbours, and how many are kept.

    `method` decides what happens to a box that overlaps a better one:

        greedy         suppressed when IoU > nms_thresh
        soft-linear    score *= 1 - IoU when IoU > nms_thresh           (Bodla et al. 2017)
        soft-gaussian  score *= exp(-IoU^2 / sigma), whatever the IoU
        none           nothing

    With the soft ones a box is suppressed when its score falls below `soft_score_thresh` by it.
    Without `across_levels` only boxes of one level meet, as in torchvision.
    """

    nms_thresh: float = 0.7
    post_nms_top_n: int = 1000
    method: NmsMethod = "greedy"
    sigma: float = 0.5
    soft_score_thresh: float = 0.001
    across_levels: bool = False

    def __post_init__(self) -> None:
        _number("nms_thresh", self.nms_thresh)
        _number("post_nms_top_n", self.post_nms_top_n, integer=True)
        if self.method not in get_args(NmsMethod):
            raise UserError(
                f"method is {_shown(self.method)}, but it must be one of "
                f"{', '.join(get_args(NmsMethod))}."
            )
        _number("sigma", self.sigma)
        _number("soft_score_thresh", self.soft_score_thresh)
        if not isinstance(self.across_levels, bool):
            raise UserError(
                f"across_levels is {_shown(self.across_levels)}, but it must be true or false."
            )

    @property
    def is_soft(self) -> bool:
        return self.method in ("soft-linear", "soft-gaussian")

    @property
    def survival(self) -> tuple[object, ...]:
        """All that decides who survives; `post_nms_top_n`, which cuts afterwards, does not."""
        used: dict[NmsMethod, tuple[object, ...]] = {
            "greedy": (self.nms_thresh,),
            "soft-linear": (self.nms_thresh, self.soft_score_thresh),
            "soft-gaussian": (self.sigma, self.soft_score_thresh),
            "none": (),
        }
        return (self.method, self.across_levels, *used[self.method])


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


@dataclass(frozen=True, slots=True)
class MatchSettings:
    """Which anchors learn from which object.

    The defaults are torchvision's. The paper's also leave out anchors that cross the border.
    """

    fg_iou_thresh: float = 0.7
    bg_iou_thresh: float = 0.3
    allow_low_quality: bool = True
    drop_cross_border: bool = False
    crowd_iof_thresh: float = 0.5

    def __post_init__(self) -> None:
        for name in ("fg_iou_thresh", "bg_iou_thresh", "crowd_iof_thresh"):
            _number(name, getattr(self, name))
        for name in ("allow_low_quality", "drop_cross_border"):
            if not isinstance(getattr(self, name), bool):
                raise UserError(
                    f"{name} is {_shown(getattr(self, name))}, but it must be true or false."
                )
        if self.bg_iou_thresh > self.fg_iou_thresh:
            raise UserError(
                f"bg_iou_thresh is {self.bg_iou_thresh:g}, but it must not be more than "
                f"fg_iou_thresh ({self.fg_iou_thresh:g})."
            )


@dataclass(frozen=True, slots=True)
class SampleSettings:
    """Which anchors are drawn into the loss of one image."""

    batch_size_per_image: int = 256
    positive_fraction: float = 0.5
    seed: int = 0

    def __post_init__(self) -> None:
        _number("batch_size_per_image", self.batch_size_per_image, integer=True)
        _number("positive_fraction", self.positive_fraction)
        _number("seed", self.seed, integer=True)


@dataclass(frozen=True, slots=True)
class LossSettings:
    """How the loss of the drawn anchors adds up.

    torchvision  N_cls = N_reg = anchors drawn                           lambda 1
    paper        N_cls = size of the mini-batch, N_reg = cells of the    lambda 10
                 grids ("anchor locations")
    """

    form: LossForm = "torchvision"
    reg_lambda: float = 1.0
    beta: float = 1 / 9

    def __post_init__(self) -> None:
        if self.form not in get_args(LossForm):
            raise UserError(
                f"form is {_shown(self.form)}, but it must be one of "
                f"{', '.join(get_args(LossForm))}."
            )
        _number("reg_lambda", self.reg_lambda)
        _number("beta", self.beta)


@dataclass(frozen=True, slots=True)
class TargetSettings:
    """The slices that training reads, for links; each stage gets its own."""

    match: MatchSettings = field(default_factory=MatchSettings)
    sample: SampleSettings = field(default_factory=SampleSettings)
    loss: LossSettings = field(default_factory=LossSettings)
