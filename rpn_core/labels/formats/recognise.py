"""Which format a data set's files are in, by what is in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce

from rpn_core.errors import UserError
from rpn_core.labels.format import Format, Texts
from rpn_core.labels.formats import table
from rpn_core.labels.formats.refusal import known_by_name, why_none
from rpn_core.labels.stores.files import Files, read_start
from rpn_core.labels.stores.image_source import ImageSource
from rpn_core.labels.stores.text import Utf8Files
from rpn_core.messages import Message, msg, verbatim
from rpn_core.photo.kinds import is_picture_name, suffix_of

_PEEK = 4096
_TEXT = (".txt", ".csv")  # endings that say little of what is in a file


@dataclass(frozen=True, eq=False, slots=True)
class Recognised:
    """The format, the files among which it was found, and those of them that hold the boxes."""

    form: Format
    texts: Texts
    names: tuple[str, ...]


class SeveralFormats(UserError):
    """A data set is written in several formats, and somebody has to choose.

    Attributes:
        forms: those that were found.
    """

    forms: tuple[Format, ...] = ()


def recognise(
    files: Files, images: ImageSource, form: Format | None = None, named: str = ""
) -> Recognised:
    """Find the annotation files among a data set's files.

    A single file is judged by its bytes alone, whatever it is called. Among several, the ending
    says what to look at and the bytes whether it is what it seems.

    Args:
        images: which may lie elsewhere.
        form: only this format counts.
        named: which file was asked for, where it stands for the others; "" for none.
    Raises:
        SeveralFormats: they are of several formats.
        UserError: there are none.
    """
    seen = Utf8Files(files, strict=False)
    names = tuple(name for name in files.names if not is_picture_name(name))
    endings = tuple(map(suffix_of, names))
    if len(names) == 1:
        endings = (_ending_by_content(seen, names[0]),)
    forms = [one for one in table.FORMATS if form in (None, one)]
    texts = Texts(seen, names, endings, images, named=named)
    found = _found(texts, forms)
    for other in _TEXT if len(names) == 1 and not found and endings[0] != ".csv" else ():
        found = found or _found(replace(texts, endings=(other,)), forms)
    if not found and (why := known_by_name(texts)) is not None:
        raise UserError(why)
    if not found:
        found = _suspected(texts, forms)
    if not found:
        raise UserError(_nothing(texts, form))
    # Who names a data.yaml says which format is meant.
    found = [one for one in found if named and suffix_of(named) in one.form.endings] or found
    if len(found) > 1 and len(names) > 1:
        raise _several(files, found)
    chosen = found[0]
    return replace(chosen, texts=chosen.texts.strictly())


def _several(files: Files, found: Sequence[Recognised]) -> SeveralFormats:
    error = SeveralFormats(
        "{files} holds {formats}: choose which format to read (on the command line with --format "
        "{keys}), or take the others out.",
        files=files.shown,
        formats=reduce(_and, (one.form.title for one in found)),
        keys=reduce(_or, (verbatim(one.form.key) for one in found)),
    )
    error.forms = tuple(one.form for one in found)
    return error


def _found(texts: Texts, forms: Sequence[Format]) -> list[Recognised]:
    return [Recognised(one, texts, tuple(of_it)) for one in forms if (of_it := one.find(texts))]


def _suspected(texts: Texts, forms: Sequence[Format]) -> list[Recognised]:
    """The format that the most files may be meant as: its reader says what is wrong with them."""
    found = []
    for one in forms:
        names = one.suspect(texts)
        found += [Recognised(one, texts, tuple(names))] if names else []
    return sorted(found, key=lambda one: -len(one.names))[:1]


def _or(first: Message, second: Message) -> Message:
    return msg("{first} or {second}", first=first, second=second)


def _and(first: Message, second: Message) -> Message:
    return msg("{first} and {second}", first=first, second=second)


def _nothing(texts: Texts, form: Format | None) -> Message:
    why = why_none(texts, table.FORMATS if form is None else (form,))
    if why is not None:
        return why
    files = texts.files
    wanted = form.wanted if form else _anything()
    if files.names and all(map(is_picture_name, files.names)):
        return msg(
            "{files} holds images but no boxes: add their labels as {wanted}.",
            files=files.shown,
            wanted=wanted,
        )
    if not files.names:
        return msg("{files} holds no file: give {wanted}.", files=files.shown, wanted=wanted)
    return msg(
        "{files} holds no boxes that can be read: give {wanted}.",
        files=files.shown,
        wanted=wanted,
    )


def _anything() -> Message:
    return msg("{formats}, alone or in a folder or zip", formats=table.any_format())


def _ending_by_content(files: Files, name: str) -> str:
    """What the ending should have been."""
    start = read_start(files, name, _PEEK)
    text = start.lstrip()
    if text[:1] in (b"{", b"["):
        return ".json"
    if text[:1] == b"<":
        return ".xml"
    told_by_content = (".json", ".xml")  # which this is not
    ending = suffix_of(name)
    if ending not in told_by_content and any(ending in form.endings for form in table.FORMATS):
        return ending
    return ".csv" if text.count(b",") > 3 or b";" in text or b"\t" in text else ""
