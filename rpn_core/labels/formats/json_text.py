"""JSON of strangers, decoded straight into the few fields that matter."""

from __future__ import annotations

import re
from typing import TypeVar

import msgspec

from rpn_core.errors import UserError
from rpn_core.messages import Message, msg, tr

T = TypeVar("T")
# A string that is never closed reaches to the end, so that no byte is looked at twice.
_NOT_A_NUMBER = re.compile(rb'"(?:[^"\\]|\\.|\\\Z)*+(?:"|\Z)|-?(?:NaN|Infinity)', re.DOTALL)
_BYTE = re.compile(r" \(byte (\d+)\)$")


def decode(data: bytes, kind: type[T], shown: str, title: Message) -> T:
    """Decode a document; NaN and Infinity, which Python writes and JSON does not know, are null.

    Numbers that were written as text are taken for the numbers that they are, where only a number
    is wanted.

    Args:
        kind: what it should be, for msgspec.
        shown: what to call it in a sentence.
        title: of the format.
    Raises:
        UserError: it is no JSON; it says where it breaks.
        msgspec.ValidationError: it is JSON, but not of that kind.
    """
    try:
        try:
            return msgspec.json.decode(data, type=kind, strict=False)
        except msgspec.ValidationError:
            raise
        except msgspec.DecodeError:
            if b"NaN" not in data and b"Infinity" not in data:
                raise
            return msgspec.json.decode(_NOT_A_NUMBER.sub(_null, data), type=kind, strict=False)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UserError(
            "{file} is not {format}: it is cut short or damaged ({reason}), so copy or export it "
            "again.",
            file=shown,
            format=title,
            reason=_broken(error, data),
        ) from None
    except RecursionError:
        raise UserError(
            "{file} is nested far deeper than {format} ever is.", file=shown, format=title
        ) from None


def decode_or_refuse(data: bytes, kind: type[T], shown: str, title: Message) -> T:
    """`decode`, with a sentence for whoever has JSON of another kind.

    Raises:
        UserError: it is no JSON, or not of that kind.
    """
    try:
        return decode(data, kind, shown, title)
    except msgspec.ValidationError as error:
        raise UserError(
            "{file} is not {format} ({reason}): export it again.",
            file=shown,
            format=title,
            reason=reason_of(error),
        ) from None


def reason_of(error: Exception) -> str:
    """What the decoder says, with the place in words: `$.annotations[3].bbox` stays readable."""
    return str(error)[:200].replace("`", "").replace("$.", "").replace("$", tr("the file"))


def place_of(data: bytes, at: int) -> Message:
    """Where a byte stands, for people."""
    before = data[:at]
    column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
    return msg("line {line:,}, column {column:,}", line=before.count(b"\n") + 1, column=column)


def _broken(error: Exception, data: bytes) -> Message:
    text = reason_of(error)
    if isinstance(error, UnicodeDecodeError):  # msgspec counts within the string
        try:
            data.decode()
        except UnicodeDecodeError as real:
            return msg("no UTF-8 at {place}", place=place_of(data, real.start))
    found = _BYTE.search(text)
    if found is None:  # it ends too early
        return msg("{reason}, at {place}", reason=text, place=place_of(data, len(data)))
    return msg(
        "{reason}, at {place}",
        reason=text[: found.start()],
        place=place_of(data, int(found.group(1))),
    )


def _null(found: re.Match[bytes]) -> bytes:
    text = found.group()
    return text if text.startswith(b'"') else b"null"
