"""What the linter's errors do to numbers that are measured from the boxes, and when there are none.

Whatever gives a number from annotations asks here first: errors are told before the number, and
where one of them touches most boxes there is no number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rpn_core.errors import UserError
from rpn_core.labels.finding import Findings, Severity
from rpn_core.labels.lint.boxes import NO_AREA, NOT_FINITE, WHOLLY_OUTSIDE
from rpn_core.labels.lint.frames import (
    FRACTIONS_AS_PIXELS,
    PIXELS_AS_FRACTIONS,
    XYWH_AS_XYXY,
    XYXY_AS_XYWH,
)
from rpn_core.labels.lint.images import OTHER_SIZE, TURNED, WITHOUT_IMAGE
from rpn_core.labels.lint.report import LintReport
from rpn_core.messages import Message, msg, nmsg
from rpn_core.photo.file_name import display_name

# A number from boxes of which more than these are wrong says nothing of the rest either.
MOST = 0.5


@dataclass(frozen=True, slots=True)
class _Effect:
    """What an error does to numbers.

    Attributes:
        told: for people.
        touched: labels, what was found -> (boxes that it touches, boxes in all); of labels without
            their image files, since how many boxes are in them is not known.
    """

    told: Message
    touched: Callable[[LintReport, Findings], tuple[int, int]]


def _placed(report: LintReport, found: Findings) -> tuple[int, int]:
    """Boxes that it names, and those of images that it names; what has no place is a box more."""
    wrong: NDArray[np.bool_] = np.zeros(len(report.labels.image), np.bool_)
    wrong[found.box[found.box >= 0]] = True
    whole_images = found.image[(found.box < 0) & (found.image >= 0)]
    wrong |= np.isin(report.labels.image, whole_images)
    nowhere = int((found.image < 0).sum())
    return int(wrong.sum()) + nowhere, len(wrong) + nowhere


def _every_box(report: LintReport, found: Findings) -> tuple[int, int]:
    return len(report.labels.image), len(report.labels.image)


def _files_of_all(report: LintReport, found: Findings) -> tuple[int, int]:
    lost, files = found.values[0, :2].tolist()
    return int(lost), int(files)


_LEFT_OUT = msg("They are left out.")
_MISSED = msg("They count as objects that nothing finds.")
_EVERY_BOX = msg("Every box is measured in the wrong place.")
_MAY_BE_OFF = msg("Their boxes stay where the labels put them, and may be off.")
_EFFECTS = {
    NOT_FINITE.kind: _Effect(_LEFT_OUT, _placed),
    NO_AREA.kind: _Effect(_LEFT_OUT, _placed),
    WHOLLY_OUTSIDE.kind: _Effect(_MISSED, _placed),
    XYWH_AS_XYXY.kind: _Effect(_EVERY_BOX, _every_box),
    XYXY_AS_XYWH.kind: _Effect(_EVERY_BOX, _every_box),
    FRACTIONS_AS_PIXELS.kind: _Effect(_EVERY_BOX, _every_box),
    PIXELS_AS_FRACTIONS.kind: _Effect(_EVERY_BOX, _every_box),
    **{rule.kind: _Effect(_LEFT_OUT, _placed) for rule in WITHOUT_IMAGE},
    OTHER_SIZE.kind: _Effect(_MAY_BE_OFF, _placed),
    TURNED.kind: _Effect(_MAY_BE_OFF, _placed),
    "no-image-for-fractions": _Effect(_LEFT_OUT, _files_of_all),
    "no-such-image": _Effect(_LEFT_OUT, _placed),
}
# Numbers of the boxes alone need no file, as long as the size of its image is known.
_OF_BOXES_ALONE = msg("Their boxes count where the labels say how large the image is.")


@dataclass(frozen=True, eq=False, slots=True)
class Verdict:
    """The errors of a data set, as whoever reads a number has to know them.

    Attributes:
        report: of the linter.
        groups: what was found of each kind of error.
        told: of each what it does to the number.
        void: why no number would mean anything, and what to do; None where one does.
    """

    report: LintReport
    groups: tuple[Findings, ...]
    told: tuple[Message, ...]
    void: Message | None

    @property
    def errors(self) -> int:
        return self.report.count(Severity.ERROR)

    @property
    def count(self) -> Message:
        return count_errors(self.errors)

    def sentences(self, shown: Callable[[str], str] = display_name) -> list[Message]:
        """How many errors there are, then each kind with what it does; [] where there is none.

        Args:
            shown: makes an image's name fit to be shown.
        """
        if not self.groups:
            return []
        head = nmsg(
            "The check of the boxes found {count} error, and the numbers are to be read with it:",
            "The check of the boxes found {count:,} errors, and the numbers are to be read with "
            "them:",
            count=self.errors,
        )
        return [
            head,
            *(
                finding_sentence(group, told, self.report, shown)
                for group, told in zip(self.groups, self.told, strict=True)
            ),
        ]

    def of_image(self, image: int) -> list[Message]:
        """What is wrong with one image and its boxes, what it does to the numbers, and what to do.

        Args:
            image: its place in `report.labels.names`.
        """
        found: list[Message] = []
        for group, told in zip(self.groups, self.told, strict=True):
            of_it = np.flatnonzero((group.image == image) | _of_all(group))
            if not len(of_it):
                continue
            row = group.rows(self.report.labels, int(of_it[0]), 1)[0]
            found.append(
                msg(
                    "{title}: {count:,} found ({came}). {then} {remedy}",
                    title=group.rule.title,
                    count=len(of_it),
                    came=row.came,
                    then=told,
                    remedy=group.rule.remedy,
                )
            )
        return found

    def require(self, *, strict: bool = False) -> None:
        """Raises UserError where no number means anything; a strict one for any error."""
        if self.void is not None:
            raise UserError(self.void)
        if strict and self.groups:
            raise UserError(
                "Nothing was measured: the check of the boxes found {errors}, and --strict allows "
                "none.",
                errors=self.count,
            )


def count_errors(count: int) -> Message:
    return nmsg("{count} error", "{count:,} errors", count=count)


def verdict(report: LintReport, *, of_boxes_alone: bool = False) -> Verdict:
    """What the errors do to numbers, and whether one still means anything.

    Args:
        of_boxes_alone: the numbers need sizes of images, but no image.
    """
    groups = tuple(one for one in report.groups if one.rule.severity is Severity.ERROR)
    told: list[Message] = []
    void: Message | None = None
    for group in groups:
        rule = group.rule
        effect = _EFFECTS.get(rule.kind, _Effect(rule.otherwise, _placed))
        said, counted = effect.told, group
        if of_boxes_alone and rule in WITHOUT_IMAGE:
            said, counted = _OF_BOXES_ALONE, _of_unknown_size(report, group)
        told.append(said)
        wrong, boxes = effect.touched(report, counted)
        if void is None and wrong > MOST * boxes:
            void = msg(
                "{title}: it touches {share:.0%} of the labels, so no number would mean anything. "
                "{remedy}",
                title=rule.title,
                share=wrong / boxes,
                remedy=rule.remedy,
            )
    return Verdict(report, groups, tuple(told), void)


def _of_unknown_size(report: LintReport, found: Findings) -> Findings:
    lost = (report.labels.sizes_hw[found.image] <= 0).any(1)
    return Findings(found.rule, found.image[lost], found.box[lost], found.values[lost], found.came)


def _of_all(group: Findings) -> NDArray[np.bool_]:
    """Which findings are about every box, and so about those of any image."""
    effect = _EFFECTS.get(group.rule.kind)
    every = effect is not None and effect.touched is _every_box
    return np.full(len(group), every)


def finding_sentence(
    group: Findings, told: Message, report: LintReport, shown: Callable[[str], str] = display_name
) -> Message:
    """One kind of finding in one sentence.

    Args:
        told: what it does to numbers.
        shown: makes an image's name fit to be shown.
    """
    row = group.rows(report.labels, 0, 1)[0]
    if row.image is None and len(group) == 1:
        return msg("{title}: {came}. {then}", title=group.rule.title, came=row.came, then=told)
    if row.image is None:
        return msg(
            "{title}: {count:,} found, the first is {first}. {then}",
            title=group.rule.title,
            count=len(group),
            first=row.came,
            then=told,
        )
    image = shown(row.image)
    return msg(
        "{title}: {count:,} found, the first is {first} ({came}). {then}",
        title=group.rule.title,
        count=len(group),
        first=image if row.box is None else msg("{image}, box {box}", image=image, box=row.box),
        came=row.came,
        then=told,
    )
