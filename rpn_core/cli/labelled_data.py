"""How commands read a data set of boxes: the arguments, the annotations, the images behind them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rpn_core.cli.bar import bar_of
from rpn_core.cli.numbers import whole_number
from rpn_core.counts import part_of_images
from rpn_core.errors import UserError
from rpn_core.given_file import printable
from rpn_core.messages import Message, msg, nmsg, tr
from rpn_core.settings import InputSettings, Settings

if TYPE_CHECKING:
    from rpn_core.labels.labelled_images import LabelledImage, LabelledImages
    from rpn_core.labels.lint.verdict import Verdict
    from rpn_core.labels.loaded import LoadedLabels
    from rpn_core.photo.photo import Pixels

SOME_LEFT_OUT = 1


def annotations_help() -> str:
    """What to give as annotations."""
    from rpn_core.labels.formats.table import any_format

    return tr("{formats}; a file, folder or zip", formats=any_format())


def add_format_argument(parser: argparse.ArgumentParser) -> None:
    from rpn_core.labels.formats.table import FORMATS

    parser.add_argument(
        "--format",
        choices=[form.key for form in FORMATS],
        help=tr("of the annotations; else recognised by content"),
    )


def add_annotation_arguments(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """What `read_annotations` reads."""
    parser.add_argument(
        "--annotations",
        type=Path,
        required=required,
        metavar="FILE_OR_FOLDER",
        help=annotations_help(),
    )
    add_format_argument(parser)
    parser.add_argument("--images", type=Path, help=tr("folder or zip, where they lie apart"))


def add_strict_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--strict",
        action="store_true",
        help=tr("measure nothing where the check of the boxes (`anchors lint`) finds an error"),
    )


def add_data_arguments(parser: argparse.ArgumentParser) -> None:
    """What commands that measure a model on images need; `asked_data` reads them."""
    add_annotation_arguments(parser)
    add_strict_argument(parser)
    parser.add_argument("--limit", type=whole_number(1), help=tr("only the first so many images"))
    parser.add_argument("--long-side", type=int, help=tr("px; replaces the settings' input size"))
    parser.add_argument("--device", default="auto")


def read_annotations(
    annotations: Path, images: Path | None, form: str | None, *, quiet: bool = False
) -> LoadedLabels:
    """Read a data set of any format, under a bar.

    Args:
        annotations: a file, folder or zip.
        images: folder or zip of the images, where they lie apart.
        form: key of the format, if it must not be guessed.
        quiet: whether to show no bar.
    Raises:
        UserError: as `labels.formats.read.read_labels` does.
    """
    from rpn_core.labels.formats.read import read_labels
    from rpn_core.labels.formats.table import find_format
    from rpn_core.progress import no_progress

    wanted = find_format(form) if form else None
    with nullcontext(no_progress) if quiet else bar_of(tr("reading")) as told:
        return read_labels(annotations, images=images, form=wanted, progress=told)


@dataclass(eq=False, slots=True)
class LabelledData:
    """A data set whose images a command looks at, and a tally of those that it cannot.

    Attributes:
        loaded: as it was read; of a limited set only the first images.
        images: those that are there; whether one can be decoded shows when it is.
        left_out: names of the images that were left out so far, in the order in which it showed.
        notes: what was changed to read images: a sentence's template -> name -> the sentence.
        complete: whether the annotations could be used whole.
        quiet: whether to say nothing, as all but one of several processes do.
    """

    loaded: LoadedLabels
    images: LabelledImages
    left_out: dict[str, None] = field(default_factory=dict)
    notes: dict[str, dict[str, Message]] = field(default_factory=dict)
    complete: bool = True
    quiet: bool = False

    def say(self, sentence: str | Message) -> None:
        """Tell a person, beside a bar that may be there."""
        from tqdm import tqdm

        if not self.quiet:
            tqdm.write(str(sentence), file=sys.stderr)

    def leave_out(self, name: str, why: str | Message) -> None:
        """Do without an image, and tell so the first time."""
        if name not in self.left_out:
            self.left_out[name] = None
            self.say(f"{printable(name)}: {msg('skipped. {error}', error=why)}")

    def pixels_of(self, image: LabelledImage) -> Pixels | None:
        """(H, W, 3) uint8, or None of an image that has to be left out."""
        try:
            pixels, notes = image.read_noted()
        except UserError as error:
            self.leave_out(image.name, error.message)
            return None
        for note in notes:
            self.note(image.name, note)
        return pixels

    def note(self, name: str, note: Message) -> None:
        """Remember what was changed to read an image, for `finish`."""
        self.notes.setdefault(note.template, {})[name] = note

    def decoded(self, words: str) -> Iterator[tuple[LabelledImage, Pixels]]:
        """Each image with its pixels, under a bar; those that cannot be decoded are left out.

        Raises:
            UserError: no image could be decoded.
        """
        from tqdm import tqdm

        seen = 0
        for image in tqdm(self.images, unit=tr("image"), desc=words, file=sys.stderr):
            pixels = self.pixels_of(image)
            if pixels is not None:
                seen += 1
                yield image, pixels
        if not seen:
            raise UserError(
                "None of the images of {annotations} can be decoded: copy or export them again.",
                annotations=self.loaded.name,
            )

    def finish(self) -> int:
        """Say what was changed to read images, and what was left out in all.

        Returns:
            the exit code: 0, or 1 when something was left out.
        """
        for noted in self.notes.values():
            first, note = next(iter(noted.items()))
            self.say(
                msg(
                    "{images}, the first is {first}: {note}",
                    images=part_of_images(len(noted), len(self.loaded.labels.names)),
                    first=printable(first),
                    note=note,
                )
            )
        if self.left_out:
            self.say(
                nmsg(
                    "{images} of {annotations} was left out: {first}.",
                    "{images} of {annotations} were left out; the first is {first}.",
                    count=len(self.left_out),
                    images=part_of_images(len(self.left_out), len(self.loaded.labels.names)),
                    annotations=self.loaded.name,
                    first=printable(next(iter(self.left_out))),
                )
            )
        return SOME_LEFT_OUT if self.left_out or not self.complete else 0


def asked_data(args: argparse.Namespace) -> LabelledData:
    """The data set that `add_data_arguments` ask for. Raises UserError as `read_data` does."""
    return read_data(args.annotations, args.images, args.format, args.limit, strict=args.strict)


def read_data(
    annotations: Path,
    images: Path | None,
    form: str | None,
    limit: int | None = None,
    *,
    strict: bool = False,
    quiet: bool = False,
) -> LabelledData:
    """Read annotations, find their images, and say what is missing or odd about these.

    What the linter calls missing or no image is left out; boxes of an image of another size than
    the labels say stand as they were written, as on the page.

    Args:
        images: where they lie; None for those that came with the annotations or, where these are
            a single file, lie below its folder.
        limit: only the first so many images are asked for.
        strict: whether an error that the linter finds is fatal.
    Raises:
        UserError: as `read_annotations` does; or no image is listed, found, or readable; or the
            linter finds what makes every number meaningless.
    """
    from rpn_core.labels.finding import Severity
    from rpn_core.labels.formats.read import add_images
    from rpn_core.labels.labelled_images import labelled_images
    from rpn_core.labels.lint.images import WITHOUT_IMAGE

    loaded = read_annotations(annotations, images, form, quiet=quiet)
    if images is None and not loaded.images and annotations.is_file():
        loaded = add_images(loaded, annotations.parent)
    loaded = replace(loaded, labels=loaded.labels.first(limit))
    names = loaded.labels.names
    if not names:
        raise UserError(
            "{annotations} lists no image: give annotations with images.",
            annotations=printable(annotations),
        )
    data = LabelledData(loaded, labelled_images(loaded.labels, loaded.images), quiet=quiet)
    if not data.images:
        _raise_for_what_is_there(loaded)
        raise UserError(
            nmsg(
                "The only image that {annotations} lists cannot be read ({first}): give its "
                "folder or zip with --images.",
                "None of the {count:,} images that {annotations} lists can be read (the first is "
                "{first}): give their folder or zip with --images.",
                count=len(names),
                annotations=printable(annotations),
                first=printable(names[0]),
            )
        )
    found = heed_findings(loaded, strict=strict, quiet=quiet)
    for group in found.groups:
        if group.rule in WITHOUT_IMAGE:
            data.left_out |= {names[place]: None for place in group.image.tolist()}
    error = Severity.ERROR
    data.complete = all(remark.rule.severity is not error for remark in loaded.remarks)
    return data


def _raise_for_what_is_there(loaded: LoadedLabels) -> None:
    """Where images are there and none can be used, say why, and not that they are missing."""
    from rpn_core.labels.lint.images import IMAGE_MISSING, WITHOUT_IMAGE, image_findings
    from rpn_core.progress import no_progress

    for findings in image_findings(loaded.labels, loaded.images, no_progress):
        if findings.rule in WITHOUT_IMAGE and findings.rule != IMAGE_MISSING and len(findings):
            row = findings.rows(loaded.labels, 0, 1)[0]
            raise UserError(
                "No image of {annotations} can be used. {title}: {first} ({came}). {remedy}",
                annotations=loaded.name,
                title=findings.rule.title,
                first=printable(row.image),
                came=row.came,
                remedy=findings.rule.remedy,
            )


def heed_findings(
    loaded: LoadedLabels, *, strict: bool, of_boxes_alone: bool = False, quiet: bool = False
) -> Verdict:
    """Say, before anything is measured, what is wrong with the boxes and what it does to numbers.

    Args:
        strict: whether an error is fatal.
        of_boxes_alone: the numbers need no image.
        quiet: whether to show no bar and say nothing.
    Raises:
        UserError: no number would mean anything; or there is an error, and it is fatal.
    """
    from rpn_core.labels.finding import Severity
    from rpn_core.labels.lint.images import ELSEWHERE, KIND_UNUSED
    from rpn_core.labels.lint.report import lint
    from rpn_core.labels.lint.verdict import finding_sentence, verdict
    from rpn_core.progress import no_progress

    with nullcontext(no_progress) if quiet else bar_of(tr("checking the boxes")) as told:
        found = verdict(lint(loaded, progress=told), of_boxes_alone=of_boxes_alone)
    found.require()
    remarks = [
        msg(
            "{severity}: {title}: {came}. {otherwise}",
            severity=group.rule.severity.label,
            title=group.rule.title,
            came=group.rows(loaded.labels, 0, 1)[0].came,
            otherwise=group.rule.otherwise,
        )
        for group in loaded.remarks
        if len(group) and group.rule.severity is not Severity.ERROR
    ]
    doubts = [
        finding_sentence(group, group.rule.otherwise, found.report, printable)
        for group in found.report.groups
        if group.rule in (ELSEWHERE, KIND_UNUSED)
    ]
    for sentence in () if quiet else (*remarks, *found.sentences(printable), *doubts):
        print(sentence, file=sys.stderr)
    found.require(strict=strict)
    return found


def at_long_side(settings: Settings, long_side: int | None) -> Settings:
    """The settings with another input size, if one was asked for."""
    if long_side is None:
        return settings
    return replace(settings, input=InputSettings(long_side, long_side))
