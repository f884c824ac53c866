"""XML of strangers: parsed without entities, without namespaces."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from rpn_core.errors import UserError
from rpn_core.labels.format import Texts
from rpn_core.labels.stores.files import read_start
from rpn_core.photo.file_name import display_name

_PEEK = 16 << 10  # licences stand on top of some files
# Declarations and comments, then the first tag, without the prefix of its namespace.
_FIRST_TAG = re.compile(
    rb"(?:\s+|<\?.*?\?>|<!--.*?-->|<![^>]*>)*+<(?:[\w.-]+:)?([\w.-]+)", re.DOTALL
)


def parsed(data: bytes, name: str) -> Element:
    """The root of a document; tags lose their namespace.

    Raises:
        UserError: it is not XML, or has entities or a document type, which can make a parser read
            other files or run out of memory.
    """
    shown = display_name(name)
    try:
        root: Element = fromstring(data, forbid_dtd=True)
    except DefusedXmlException:
        raise UserError(
            "{file} declares a document type or entities, which annotations do not need and "
            "which can do harm: take the declaration out.",
            file=shown,
        ) from None
    except (ParseError, ValueError, LookupError, RecursionError) as error:
        raise UserError(
            "{file} is not whole XML ({reason}): copy or export it again.",
            file=shown,
            reason=str(error)[:100],
        ) from None
    if b"xmlns" in data:
        for entry in root.iter():
            entry.tag = entry.tag.rpartition("}")[2]
    return root


def xml_names(texts: Texts, tag: str) -> list[str]:
    """The XML files with this tag on top."""
    return [name for name in texts.ending_in(".xml") if first_tag(texts, name) == tag]


def first_tag(texts: Texts, name: str) -> str:
    """The tag on top of an XML file, by its beginning; "" where there is none."""
    if name not in texts.seen:
        start = read_start(texts.files, name, _PEEK)
        if start.startswith((b"\xff\xfe", b"\xfe\xff")):
            start = start[: len(start) & ~1].decode("utf-16", "replace").encode("utf-8", "replace")
        found = _FIRST_TAG.match(start.removeprefix(b"\xef\xbb\xbf"))
        texts.seen[name] = found.group(1).decode("ascii", "replace") if found else ""
    return texts.seen[name]
