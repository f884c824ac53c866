"""Numbers in arguments: their range is said where they are declared, and held before any work."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable

from rpn_core.given_file import printable
from rpn_core.messages import msg, tr
from rpn_core.settings.spelling import spell


def whole_number(low: int, high: int | None = None) -> Callable[[str], int]:
    """The type of an argument that is a whole number of this range, for argparse.

    >>> whole_number(1)("12")
    12
    """

    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = None
        if value is None or value < low or (high is not None and value > high):
            wanted = (
                msg("a whole number of at least {low}", low=low)
                if high is None
                else msg("a whole number from {low} to {high}", low=low, high=high)
            )
            raise _refused(text, wanted)
        return value

    return read


def number(low: float, high: float) -> Callable[[str], float]:
    """The type of an argument that is a number of this range, for argparse.

    >>> number(0, 1)("0.5")
    0.5
    """

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not low <= value <= high:  # which NaN is not
            raise _refused(
                text, msg("a number from {low} to {high}", low=spell(low), high=spell(high))
            )
        return value

    return read


def _refused(text: str, wanted: object) -> argparse.ArgumentTypeError:
    came = printable(text[:40])
    return argparse.ArgumentTypeError(
        tr("{came!r} was given, but it must be {wanted}.", came=came, wanted=wanted)
    )
