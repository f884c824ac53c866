"""Everything that decides what a training run does, one frozen value, read from a small file."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, TypeGuard, get_args

from rpn_core.errors import UserError
from rpn_core.given_file import read_file
from rpn_core.messages import Message, msg
from rpn_core.photo.file_name import display_name
from rpn_core.settings.file import where_not_json

NReg = Literal["sampled", "locations"]
LossKind = Literal["paper", "quality"]
_CHOICES: dict[str, Any] = {"n_reg": NReg, "loss": LossKind}
_POSITIVE = ("steps", "batch_images", "long_side", "random_shapes", "random_ratio_max")


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a model is trained. Pixels are those of the network input.

    Attributes:
        steps, batch_images: length of the run and images a step.
        long_side: range from which each image's long side is drawn.
        flip: probability of a horizontal flip.
        crop, crop_area: probability of a random crop, and range of its share of the area.
        mosaic: probability that a photo is replaced by four, each in a corner: small objects from
            large ones, and places that they do not usually have.
        colour: brightness, contrast and saturation are each changed by up to this share.
        canonical_share: share of the steps on the trained anchors; the rest draws random ones.
        random_shapes: shapes a level in those steps.
        random_size_log2: range of log2(size / 4s) around the level's own size.
        wide_share, wide_size_log2: share of the random shapes that come from a wider range, so
            that an anchor far from its level's size (a slider at its end) is judged too.
        random_ratio_max: ratios are drawn from 1/max to max, evenly in log.
        frozen_blocks: the stem and so many backbone stages keep their ImageNet weights.
        backbone_lr, lr, weight_decay, warmup_steps, max_norm: AdamW with warm-up and cosine.
        fg_iou_thresh, bg_iou_thresh: as in `match_anchors`.
        box_iou_thresh: anchors with this IoU learn their offset, also where it does not make them
            positives of the objectness: the paper's positives are a dozen an image.
        loss: "paper", on 256 sampled anchors an image, or "quality" (`quality_loss`), on all.
        best_anchors: of "quality", so many anchors learn from each object, whatever their IoU.
        duplicate_power: of "quality", how much less a second box on an object is worth.
        n_reg: what the box loss is divided by: "sampled" anchors (N_cls, as torchvision does) or
            "locations" (the paper's).
        box_weight: lambda of the loss; the paper's is 10, with "locations".
        ema_decay: of the exponential moving average that is saved.
        seed: of every draw.
    """

    steps: int = 4000
    batch_images: int = 8
    long_side: tuple[int, int] = (224, 400)
    flip: float = 0.5
    crop: float = 0.0
    crop_area: tuple[float, float] = (0.3, 1.0)
    mosaic: float = 0.0
    colour: float = 0.0
    canonical_share: float = 0.3
    random_shapes: int = 6
    random_size_log2: tuple[float, float] = (-0.9, 1.3)
    wide_share: float = 0.25
    wide_size_log2: tuple[float, float] = (-2.0, 3.2)
    random_ratio_max: float = 3.0
    frozen_blocks: int = 2
    backbone_lr: float = 2e-4
    lr: float = 1e-3
    weight_decay: float = 1e-4
    warmup_steps: int = 200
    max_norm: float = 5.0
    fg_iou_thresh: float = 0.7
    bg_iou_thresh: float = 0.3
    box_iou_thresh: float = 0.7
    loss: LossKind = "paper"
    best_anchors: int = 8
    duplicate_power: float = 4.0
    n_reg: NReg = "sampled"
    box_weight: float = 2.0
    ema_decay: float = 0.998
    seed: int = 0


def read_recipe(path: Path) -> Recipe:
    """Read a recipe from JSON; what is not named keeps its default.

    Raises:
        UserError: the file cannot be read or names something that a recipe does not have.
    """
    try:
        values = json.loads(read_file(path))
    except UserError:
        raise
    except (ValueError, RecursionError) as error:
        raise _refused(
            path, msg("it is not valid JSON: {where}", where=where_not_json(error))
        ) from None
    if not isinstance(values, dict):
        raise _refused(path, msg("it is no JSON object"))
    defaults = asdict(Recipe())
    for name, value in values.items():
        if name not in defaults:
            raise _refused(path, msg("{name!r} is unknown", name=name[:40]))
        if isinstance(defaults[name], tuple) and isinstance(value, list):
            values[name] = value = tuple(value)
        if not _possible(name, value, defaults[name]):
            came = json.dumps(value)[:40]
            raise _refused(path, msg("{name} cannot be {came}", name=name, came=came))
    return Recipe(**values)


def _possible(name: str, value: object, default: object) -> bool:
    """Whether a value is of the kind of the default, and of a size with which a run can begin."""
    if name in _CHOICES:
        return value in get_args(_CHOICES[name])
    if isinstance(default, tuple):
        return (
            isinstance(value, tuple)
            and len(value) == len(default)
            and all(_is_number(one, type(default[0])) for one in value)
            and value[0] <= value[1]
            and (name not in _POSITIVE or value[0] > 0)
        )
    return _is_number(value, type(default)) and value >= (1 if name in _POSITIVE else 0)


def _is_number(value: object, kind: type) -> TypeGuard[float]:
    if isinstance(value, bool) or not isinstance(value, int if kind is int else int | float):
        return False
    return math.isfinite(value)


def _refused(path: Path, reason: Message | str) -> UserError:
    return UserError(
        "{file} is not a recipe ({reason}): give a JSON object with fields of {fields}.",
        file=display_name(path.name),
        reason=reason,
        fields=tuple(asdict(Recipe())),
    )
