"""How the images of a data set become inputs of a network, all at once.

Letters: N images, B boxes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from rpn_core.errors import UserError
from rpn_core.messages import Message, msg
from rpn_core.settings import InputSettings

ResizeKind = Literal["long_side", "min_max", "letterbox", "stretch"]
RESIZE_KINDS: tuple[ResizeKind, ...] = get_args(ResizeKind)
RESIZE_LABELS: dict[ResizeKind, Message] = {
    "long_side": msg("long side fixed"),
    "min_max": msg("short side, and long side at most (torchvision)"),
    "letterbox": msg("letterbox: fits into a square, bars around it (YOLO)"),
    "stretch": msg("square, ratio not kept (SSD)"),
}

MIN_SIDE, MAX_SIDE = 32, 4096
MAX_DIVISOR = 256


@dataclass(frozen=True, slots=True)
class ResizeRule:
    """One way to resize; sides in pixels of the network input.

    Attributes:
        kind: which rule.

            long_side  the long side becomes `side`, the ratio is kept
            min_max    the short side becomes `side`, unless the long side would pass `max_side`
            letterbox  the long side becomes `side`, bars fill both ends up to a square
            stretch    both sides become `side`, whatever the ratio was

        side: see `kind`.
        max_side: for min_max only; None for the others.
        size_divisor: the input is padded, right and below, to a multiple of it.

    Raises:
        UserError: a number is out of range, or max_side is below side or missing.
    """

    kind: ResizeKind = "long_side"
    side: int = 448
    max_side: int | None = None
    size_divisor: int = 32

    def __post_init__(self) -> None:
        if self.kind not in RESIZE_KINDS:
            raise UserError(
                "The resize rule is {kind!r}, but it must be one of {resize_kinds}.",
                kind=str(self.kind)[:40],
                resize_kinds=tuple(RESIZE_KINDS),
            )
        _whole(msg("The side of the network input"), self.side, MIN_SIDE, MAX_SIDE)
        _whole(msg("The size divisor"), self.size_divisor, 1, MAX_DIVISOR)
        if self.kind != "min_max":
            if self.max_side is not None:
                raise UserError(
                    '"Long side at most" is {max_side!r}, but only the rule "{rule}" has it.',
                    max_side=self.max_side,
                    rule=RESIZE_LABELS["min_max"],
                )
            return
        if self.max_side is None:
            raise UserError(
                'The rule "{rule}" needs "Long side at most".', rule=RESIZE_LABELS["min_max"]
            )
        _whole(msg('"Long side at most"'), self.max_side, MIN_SIDE, MAX_SIDE)
        if self.max_side < self.side:
            raise UserError(
                '"Long side at most" is {max_side}, but it must not be less than the short side '
                "({side}).",
                max_side=self.max_side,
                side=self.side,
            )

    def sentence(self) -> Message:
        """The rule in words.

        >>> print(ResizeRule("min_max", 800, 1333).sentence())
        short side 800 px, long side at most 1333 px, padded to multiples of 32
        """
        match self.kind:
            case "long_side":
                return msg(
                    "long side {side} px, padded to multiples of {divisor}",
                    side=self.side,
                    divisor=self.size_divisor,
                )
            case "min_max":
                return msg(
                    "short side {side} px, long side at most {max_side} px, padded to multiples of "
                    "{divisor}",
                    side=self.side,
                    max_side=self.max_side,
                    divisor=self.size_divisor,
                )
            case "letterbox":
                return msg(
                    "letterbox of {side} px, padded to multiples of {divisor}",
                    side=self.side,
                    divisor=self.size_divisor,
                )
            case "stretch":
                return msg(
                    "stretched to {side} x {side} px, padded to multiples of {divisor}",
                    side=self.side,
                    divisor=self.size_divisor,
                )


def rule_of_settings(settings: InputSettings, size_divisor: int) -> ResizeRule:
    """The rule that the app itself resizes by.

    >>> rule_of_settings(InputSettings(448, 448), 32).kind
    'long_side'
    """
    if settings.min_side == settings.max_side:
        return ResizeRule("long_side", settings.max_side, None, size_divisor)
    return ResizeRule("min_max", settings.min_side, settings.max_side, size_divisor)


@dataclass(frozen=True, eq=False, slots=True)
class InputGeometry:
    """Where each image lies in its network input.

    Attributes:
        original_hw: (N, 2) int64, pixels of the original image.
        image_hw: (N, 2) int64, the resized image alone, pixels of the network input.
        padded_hw: (N, 2) int64, the whole network input.
        offset_xy: (N, 2) int64, where the image's corner lies; not 0 for a letterbox only.
        known: (N,) bool, whether the image's size is known; all else is 0 where it is not.
    """

    original_hw: NDArray[np.int64]
    image_hw: NDArray[np.int64]
    padded_hw: NDArray[np.int64]
    offset_xy: NDArray[np.int64]
    known: NDArray[np.bool_]

    @property
    def scale_xy(self) -> NDArray[np.float64]:
        """(N, 2) factors (x, y) from original pixels to those of the network input; NaN where
        the size is not known."""
        with np.errstate(invalid="ignore"):
            scale: NDArray[np.float64] = (self.image_hw / self.original_hw)[:, ::-1]
        return scale

    def to_network(
        self, boxes: NDArray[np.float64], image: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Move boxes from their original images to the network inputs.

        Args:
            boxes: (B, 4) xyxy, pixels of the original image.
            image: (B,) the image of each, one whose size is known.
        Returns:
            (B, 4) float32 xyxy, pixels of the network input; the same bits as
            `rpn_core.geometry.frame.Frame.from_original` gives for one image.
        """
        factor = (self.original_hw / np.maximum(self.image_hw, 1))[:, ::-1].astype(np.float32)
        shift = self.offset_xy.astype(np.float32)
        moved = boxes.astype(np.float32)
        moved /= np.tile(factor, 2)[image]
        moved += np.tile(shift, 2)[image]
        return moved


def resize_images(sizes_hw: NDArray[np.int64], rule: ResizeRule) -> InputGeometry:
    """Apply the rule to every image size.

        long_side, min_max  sides rounded down, never below 1, in double precision as torchvision
        letterbox           sides rounded to the nearest, bars split evenly, as YOLOv5 does

    Args:
        sizes_hw: (N, 2) int, original pixels; 0 where a size is unknown.
    Source: torchvision GeneralizedRCNNTransform; YOLOv5 `letterbox` with auto=False.

    >>> found = resize_images(np.array([[300, 400]]), ResizeRule("letterbox", 640))
    >>> found.image_hw.tolist(), found.offset_xy.tolist(), found.padded_hw.tolist()
    ([[480, 640]], [[0, 80]], [[640, 640]])
    """
    sizes = np.asarray(sizes_hw, np.int64).reshape(-1, 2)
    known: NDArray[np.bool_] = np.all(sizes > 0, axis=1)
    real = np.where(known[:, None], sizes, 1).astype(np.float64)
    offset_xy = np.zeros_like(sizes)
    if rule.kind == "stretch":
        image_hw = np.full_like(sizes, rule.side)
    elif rule.kind == "letterbox":
        scale = rule.side / real.max(axis=1)
        image_hw = np.maximum(1, np.rint(real * scale[:, None])).astype(np.int64)
        # YOLOv5 rounds an uneven bar this way, so that its two ends differ by one pixel.
        offset_xy = np.rint((rule.side - image_hw[:, ::-1]) / 2 - 0.1).astype(np.int64)
    else:
        longest = rule.side if rule.max_side is None else rule.max_side
        scale = np.minimum(rule.side / real.min(axis=1), longest / real.max(axis=1))
        image_hw = np.maximum(1, (real * scale[:, None]).astype(np.int64))
    occupied = np.full_like(image_hw, rule.side) if rule.kind == "letterbox" else image_hw
    padded_hw = -(-occupied // rule.size_divisor) * rule.size_divisor
    there = known[:, None]
    return InputGeometry(
        np.where(there, sizes, 0),
        np.where(there, image_hw, 0),
        np.where(there, padded_hw, 0),
        np.where(there, offset_xy, 0),
        known,
    )


def _whole(what: Message, value: object, low: int, high: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise UserError(
            "{what} is {value}, but it must be a whole number from {low} to {high}.",
            what=what,
            value=str(value)[:40],
            low=low,
            high=high,
        )
