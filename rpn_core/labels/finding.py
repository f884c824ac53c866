"""What the linter and the readers have to say about a data set, column by column.

Letters: F findings of one kind.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rpn_core.labels.label_set import LabelSet
from rpn_core.messages import Message, msg

Came = Callable[..., Message]  # a function of a module, so that findings can be pickled


class Severity(StrEnum):
    """How much it matters to somebody who trains on the boxes."""

    ERROR = "error"  # training fails, or learns something else than was meant
    WARNING = "warning"  # training runs, but worse than it could
    NOTE = "note"  # worth knowing

    @property
    def label(self) -> Message:
        """For people.

        >>> str(Severity.NOTE.label)
        'note'
        """
        match self:
            case Severity.ERROR:
                return msg("error")
            case Severity.WARNING:
                return msg("warning")
            case Severity.NOTE:
                return msg("note")


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of finding.

    Attributes:
        kind: short name, for programs.
        title: for people.
        otherwise: what happens when nothing is done.
        remedy: what to do.
    """

    kind: str
    severity: Severity
    title: Message
    otherwise: Message
    remedy: Message


@dataclass(frozen=True, slots=True)
class Finding:
    """One row: what was found where.

    Attributes:
        image: name of the image, or None where the finding is about the whole data set.
        box: place in `LabelSet.boxes`, or None where it is about no single box.
        place: place in `LabelSet.names`, or None.
        came: what came, in numbers.
    """

    rule: Rule
    image: str | None
    place: int | None
    box: int | None
    came: Message


@dataclass(frozen=True, eq=False, slots=True)
class Findings:
    """All findings of one kind, in the order of the data set; rows are made when they are read.

    Attributes:
        image: (F,) int64, place in `LabelSet.names`, or -1 for the whole data set.
        box: (F,) int64, place in `LabelSet.boxes`, or -1 for no single box.
        values: (F, K) float64, the numbers that `came` speaks of.
        came: makes a message of the K numbers of a row.
    """

    rule: Rule
    image: NDArray[np.int64]
    box: NDArray[np.int64]
    values: NDArray[np.float64]
    came: Came

    def __len__(self) -> int:
        return len(self.image)

    def rows(self, labels: LabelSet, first: int = 0, count: int = 20) -> list[Finding]:
        """`count` rows from `first` on."""
        return [
            Finding(
                self.rule,
                labels.names[image] if image >= 0 else None,
                image if image >= 0 else None,
                box if box >= 0 else None,
                self.came(*values),
            )
            for image, box, values in zip(
                self.image[first : first + count].tolist(),
                self.box[first : first + count].tolist(),
                self.values[first : first + count].tolist(),
                strict=True,
            )
        ]


def rowwise_all(flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which rows hold in all columns. (R, C) -> (R,)."""
    found: NDArray[np.bool_] = np.logical_and.reduce(flags, axis=1)
    return found


def of_boxes(
    rule: Rule,
    labels: LabelSet,
    found: NDArray[np.bool_],
    values: NDArray[np.number[Any]],
    came: Came,
) -> Findings:
    """Findings of the boxes where `found`, (B,), holds; `values` is (B, K)."""
    boxes = np.flatnonzero(found)
    return Findings(rule, labels.image[boxes], boxes, values[boxes].astype(np.float64), came)


def of_images(
    rule: Rule, found: NDArray[np.bool_], values: NDArray[np.number[Any]], came: Came
) -> Findings:
    """Findings of the images where `found`, (N,), holds; `values` is (N, K)."""
    images = np.flatnonzero(found)
    nowhere = np.full(len(images), -1)
    return Findings(rule, images, nowhere, values[images].astype(np.float64), came)


def of_data_set(rule: Rule, came: Came, *values: float, count: int = 1) -> Findings:
    """One finding about the whole data set; with `count` 0, none."""
    nowhere = np.full(count, -1)
    return Findings(
        rule, nowhere, nowhere, np.array([values] * count).reshape(count, len(values)), came
    )
