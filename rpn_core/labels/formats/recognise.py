"""Which format a data set's files are in, by what is in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

from rpn_core.errors import UserError
from rpn_core.labels.formats.coco import looks_like_coco
from rpn_core.labels.formats.csv_boxes import looks_like_boxes
from rpn_core.labels.formats.yolo import label_stem
from rpn_core.labels.formats.yolo_names import MAX_YAML_BYTES, names_of_text, names_of_yaml
from rpn_core.labels.loaded import Format
from rpn_core.labels.stores.files import Files, read_file, read_start
from rpn_core.labels.stores.image_source import is_image_name, suffix_of, without_suffix
from rpn_core.messages import Message, msg
from rpn_core.photo.file_name import display_name

ACCEPTED = msg(
    "COCO JSON, Pascal VOC XML, YOLO txt (with data.yaml and the images) or CSV, alone or in a "
    "folder or zip"
)
_CLASS_LISTS = ("classes.txt", "obj.names", "predefined_classes.txt")
_PEEK = 4096


@dataclass(frozen=True, slots=True)
class Recognised:
    """The format, the files that hold the boxes, and for YOLO what the classes are called."""

    form: Format
    names: tuple[str, ...]
    categories: dict[int, str] | None = None


def recognise(files: Files, images: Sequence[str], form: Format | None = None) -> Recognised:
    """Find the annotation files among a data set's files.

    A single file is judged by its bytes alone, whatever it is called. Among several, the ending
    says what to look at and the bytes whether it is what it seems.

    Args:
        images: names of the images, which may lie elsewhere.
        form: only this format counts.
    Raises:
        UserError: there are none, or of several formats.
    """
    texts = [name for name in files.names if not is_image_name(name)]
    endings = [suffix_of(name) for name in texts]
    if len(texts) == 1:
        endings = [_ending_by_content(files, texts[0])]
    found = [
        recognised
        for kind, recognised in (
            (Format.YOLO, _yolo(files, texts, endings, images)),
            (Format.VOC, _some(Format.VOC, _of(texts, endings, ".xml"))),
            (Format.COCO, _some(Format.COCO, _coco(files, texts, endings))),
            (Format.CSV, _some(Format.CSV, _csv(files, texts, endings))),
        )
        if recognised is not None and form in (None, kind)
    ]
    if not found:
        raise UserError(_nothing(files, form))
    if len(found) > 1:
        raise UserError(
            "{files} holds {formats}: keep one of them, or say which format to read.",
            files=files.shown,
            formats=reduce(_and, (one.form.label for one in found)),
        )
    return found[0]


def _and(first: Message, second: Message) -> Message:
    return msg("{first} and {second}", first=first, second=second)


def _nothing(files: Files, form: Format | None) -> Message:
    wanted = form.label if form else ACCEPTED
    if files.names and all(map(is_image_name, files.names)):
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


def _some(form: Format, names: Sequence[str]) -> Recognised | None:
    return Recognised(form, tuple(names)) if names else None


def _of(texts: Sequence[str], endings: Sequence[str], *wanted: str) -> list[str]:
    return [name for name, ending in zip(texts, endings, strict=True) if ending in wanted]


def _ending_by_content(files: Files, name: str) -> str:
    """What the ending should have been."""
    start = read_start(files, name, _PEEK)
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        start = start[: len(start) & ~1].decode("utf-16", "replace").encode("utf-8", "replace")
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:1] in (b"{", b"["):
        return ".json"
    if text[:1] == b"<":
        return ".xml"
    if suffix_of(name) in (".txt", ".csv", ".tsv", ".yaml", ".yml"):
        return suffix_of(name)
    return ".csv" if text.count(b",") > 3 or b";" in text or b"\t" in text else ""


def _coco(files: Files, texts: Sequence[str], endings: Sequence[str]) -> list[str]:
    found = _of(texts, endings, ".json")
    if len(found) < 2:
        return found
    return [name for name in found if looks_like_coco(read_file(files, name))]


def _csv(files: Files, texts: Sequence[str], endings: Sequence[str]) -> list[str]:
    found = _of(texts, endings, ".csv", ".tsv")
    if len(found) < 2:
        return found
    return [name for name in found if looks_like_boxes(read_start(files, name, _PEEK))]


def _yolo(
    files: Files, texts: Sequence[str], endings: Sequence[str], images: Sequence[str]
) -> Recognised | None:
    """Label files are .txt in a folder `labels` or beside an image of their name.

    So a README.txt is none, and a list of images (train.txt) is none.
    """
    lists = [name for name in texts if name.rpartition("/")[2].lower() in _CLASS_LISTS]
    stems = {label_stem(name) for name in images} | {without_suffix(name) for name in images}
    bases = {stem.rpartition("/")[2] for stem in stems}
    labels = [
        name
        for name in _of(texts, endings, ".txt")
        if name not in lists
        and ("labels" in name.split("/")[:-1] or without_suffix(name).rpartition("/")[2] in bases)
    ]
    yamls = _of(texts, endings, ".yaml", ".yml")
    if not labels and not images:  # which the reader will ask for
        loose = [name for name in _of(texts, endings, ".txt") if name not in lists]
        labels = [name for name in loose if _begins_with_an_object(files, name)]
    if not labels:
        return None
    categories: dict[int, str] | None = None
    for name in yamls:
        named = names_of_yaml(read_file(files, name, MAX_YAML_BYTES), display_name(name))
        if named is not None and categories is not None and named != categories:
            raise UserError(
                "{files} has several YAML files with different names of the classes: keep one.",
                files=files.shown,
            )
        categories = categories if named is None else named
    if categories is None and lists:
        categories = names_of_text(read_file(files, lists[0], MAX_YAML_BYTES))
    return Recognised(Format.YOLO, tuple(labels), categories)


def _begins_with_an_object(files: Files, name: str) -> bool:
    first = read_start(files, name, _PEEK).lstrip().partition(b"\n")[0].split()
    try:
        return len([float(text) for text in first]) >= 5
    except ValueError:
        return False
