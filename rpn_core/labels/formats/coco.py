"""COCO's detection format: one JSON file with images, annotations and categories.

The file is decoded straight into the few fields that matter. For a file as large as that of COCO's
training set (most of which is outlines) reading takes a quarter of the memory that the json module
needs for decoding alone, and less than half of the time (tests/bench/labels_times.py).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial

import msgspec
import numpy as np
from numpy.typing import NDArray

from rpn_core.errors import UserError
from rpn_core.labels.finding import Findings, Rule, Severity
from rpn_core.labels.format import Format, ReadLabels, Texts, the_only
from rpn_core.labels.formats.one_file import read_one_a_folder
from rpn_core.labels.label_set import label_set
from rpn_core.labels.stores.files import read_file
from rpn_core.messages import Message, msg, tr
from rpn_core.progress import Progress, no_progress

_Id = int | float | str | None
_Flag = float | bool | None  # which should be 0 or 1
_WANTED = msg(
    "a JSON object with images, annotations and categories, as COCO's detection format has"
)
# A string that is never closed reaches to the end, so that no byte is looked at twice.
_NOT_A_NUMBER = re.compile(rb'"(?:[^"\\]|\\.|\\\Z)*+(?:"|\Z)|-?(?:NaN|Infinity)', re.DOTALL)
_MAX_SIDE = 1 << 31  # of an image; a "width" beyond it is none
NO_SUCH_IMAGE = Rule(
    "no-such-image",
    Severity.ERROR,
    msg("Box of an image that is not listed"),
    msg("The boxes are left out: training never sees them."),
    msg("List the image under images, or remove its annotations."),
)


class _Image(msgspec.Struct, gc=False):
    id: _Id
    file_name: str
    width: float | None = 0
    height: float | None = 0


class _Annotation(msgspec.Struct, gc=False):
    image_id: _Id
    bbox: list[float | None] | None = None
    category_id: _Id = None
    iscrowd: _Flag = 0
    ignore: _Flag = 0  # what VOC's difficult becomes in COCO's format


class _Category(msgspec.Struct, gc=False):
    id: _Id
    name: str | int | float | None = None


class _Document(msgspec.Struct):
    images: list[_Image]
    annotations: list[_Annotation]
    categories: list[_Category] | None = None


def read_coco_labels(data: bytes, shown: str, progress: Progress = no_progress) -> ReadLabels:
    """Read the boxes of a COCO JSON file.

    bbox is (x, y, width, height) in pixels of the original image; a bbox that is not four numbers
    (null, NaN and Infinity included) becomes a box of NaN, for the linter. `iscrowd` and `ignore`
    (which stands for VOC's difficult) are kept. Outlines, areas and all else are passed over.

    Args:
        data: the whole file.
        shown: what to call it in a sentence.
    Raises:
        UserError: it is no such JSON, or two images have the same id.
    """
    progress(0.0)
    document = _decoded(data, shown)
    progress(0.6)
    return _columns(document, shown, progress)


def _find(texts: Texts) -> Sequence[str]:
    found = texts.ending_in(".json")
    return [name for name in found if _looks_like_coco(read_file(texts.files, name))]


def _looks_like_coco(data: bytes) -> bool:
    """Whether a JSON file can be one of COCO's detection format, by the words in it."""
    return all(word in data for word in (b'"images"', b'"annotations"', b'"bbox"'))


def _decoded(data: bytes, shown: str) -> _Document:
    data = _as_utf8(data, shown)
    try:
        try:
            return _decode(data)
        except msgspec.ValidationError:
            raise
        except msgspec.DecodeError:
            # Python's json module writes NaN and Infinity, which JSON does not know.
            if b"NaN" not in data and b"Infinity" not in data:
                raise
            return _decode(_NOT_A_NUMBER.sub(_null, data))
    except msgspec.ValidationError as error:
        raise UserError(_not_coco(shown, _reason(error), data)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UserError(
            "{file} is not COCO JSON: it is cut short or damaged ({reason}), so copy or export it "
            "again.",
            file=shown,
            reason=_reason(error),
        ) from None
    except RecursionError:
        raise UserError(
            "{file} is nested far deeper than COCO JSON ever is: give {wanted}.",
            file=shown,
            wanted=_WANTED,
        ) from None


def _decode(data: bytes) -> _Document:
    # Not strict: numbers that were written as text are taken for the numbers that they are.
    return msgspec.json.decode(data, type=_Document, strict=False)


def _null(found: re.Match[bytes]) -> bytes:
    text = found.group()
    return text if text.startswith(b'"') else b"null"


def _as_utf8(data: bytes, shown: str) -> bytes:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode("utf-16").encode()
        except UnicodeError:
            raise UserError(
                "{file} is not whole UTF-16 text: save it as UTF-8.", file=shown
            ) from None
    return data.removeprefix(b"\xef\xbb\xbf")


def _reason(error: Exception) -> str:
    """What the decoder says, with the place in words: `$.annotations[3].bbox` stays readable."""
    return str(error)[:200].replace("`", "").replace("$.", "").replace("$", tr("the file"))


def _not_coco(shown: str, reason: str, data: bytes) -> Message:
    """What to do with it, by what it looks like."""
    is_list = data.lstrip()[:1] == b"["
    if is_list and b'"score"' in data[:4096]:
        return msg(
            "{file} is not COCO JSON ({reason}): it looks like detection results, so give the "
            "annotation file they belong to.",
            file=shown,
            reason=reason,
        )
    if not is_list and b'"shapes"' in data and b'"imagePath"' in data:
        return msg(
            "{file} is not COCO JSON ({reason}): it looks like LabelMe's own format, so export it "
            "as COCO.",
            file=shown,
            reason=reason,
        )
    if not is_list and (b'"regions"' in data or b'"_via_' in data):
        return msg(
            "{file} is not COCO JSON ({reason}): it looks like the VGG Image Annotator's own "
            "format, so export it as COCO.",
            file=shown,
            reason=reason,
        )
    return msg(
        "{file} is not COCO JSON ({reason}): give {wanted}.",
        file=shown,
        reason=reason,
        wanted=_WANTED,
    )


def _columns(document: _Document, shown: str, progress: Progress) -> ReadLabels:
    images, annotations = document.images, document.annotations
    if annotations and all(row.bbox is None for row in annotations):
        raise UserError(
            "{file} has annotations but no bbox (captions or a panoptic file, perhaps): give "
            "the file with the boxes, as instances_train2017.json is.",
            file=shown,
        )
    place = {row.id: index for index, row in enumerate(images)}
    if len(place) < len(images):
        seen: set[_Id] = set()
        twice = next(row.id for row in images if row.id in seen or seen.add(row.id))  # type: ignore[func-returns-value]
        raise UserError(
            "Two images of {file} have the id {id}: give each its own, so that it is known whose "
            "the boxes are.",
            file=shown,
            id=str(twice)[:40],
        )
    image = np.array([place.get(row.image_id, -1) for row in annotations], np.int64)
    progress(0.7)
    boxes = _boxes(annotations)
    progress(0.9)
    names, category = _categories(document)
    crowd = np.array([bool(row.iscrowd) for row in annotations], bool)
    difficult = np.array([bool(row.ignore) for row in annotations], bool)
    listed = image >= 0
    labels = label_set(
        tuple(row.file_name.replace("\\", "/") for row in images),
        boxes[listed],
        image[listed],
        sizes_hw=_sizes(images),
        image_ids=_ids(images),
        categories=names,
        category=category[listed],
        crowd=crowd[listed],
        difficult=difficult[listed],
    )
    progress(1.0)
    return ReadLabels(labels, _unlisted(annotations, listed))


def _boxes(annotations: list[_Annotation]) -> NDArray[np.float64]:
    rows = [row.bbox for row in annotations]
    if any(row is None or len(row) != 4 for row in rows):
        rows = [row if row is not None and len(row) == 4 else [None] * 4 for row in rows]
    xywh = np.array(rows, np.float64).reshape(-1, 4)  # None becomes NaN
    with np.errstate(over="ignore", invalid="ignore"):
        xywh[:, 2:] += xywh[:, :2]
    return xywh


def _categories(document: _Document) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Names, and each annotation's place among them; a file without names is taken by its ids."""
    annotations = document.annotations
    if document.categories:
        listed = {row.id: place for place, row in enumerate(document.categories)}
        names = tuple(str(row.id if row.name is None else row.name) for row in document.categories)
    else:
        ids = {row.category_id for row in annotations if row.category_id is not None}
        order = sorted(ids, key=lambda one: (isinstance(one, str), one))
        listed = {one: place for place, one in enumerate(order)}
        names = tuple(map(str, order))
    found = [
        -1 if row.category_id is None else listed.get(row.category_id, -1) for row in annotations
    ]
    return names, np.array(found, np.int64)


def _sizes(images: list[_Image]) -> NDArray[np.int64]:
    sizes = np.array([(row.height, row.width) for row in images], np.float64).reshape(-1, 2)
    known = (sizes >= 1) & (sizes < _MAX_SIDE)  # which NaN is not
    return np.where(known.all(1, keepdims=True), np.nan_to_num(sizes), 0).astype(np.int64)


def _ids(images: list[_Image]) -> NDArray[np.int64] | None:
    """None where an id is no whole number: the images are counted then."""
    ids = [row.id for row in images]
    if not all(isinstance(one, int) and abs(one) < 1 << 62 for one in ids):
        return None
    return np.array(ids, np.int64)


def _unlisted(annotations: list[_Annotation], listed: NDArray[np.bool_]) -> tuple[Findings, ...]:
    lost = np.flatnonzero(~listed)
    if not len(lost):
        return ()
    nowhere = np.full(len(lost), -1)
    values = lost[:, None].astype(np.float64)
    return (Findings(NO_SUCH_IMAGE, nowhere, nowhere, values, _annotation),)


def _annotation(place: float) -> Message:
    return msg("annotation {place:.0f}, from 0", place=place)


_TITLE = msg("COCO JSON")
COCO = Format(
    "coco",
    _TITLE,
    _TITLE,
    (".json",),
    _find,
    partial(read_one_a_folder, read_coco_labels, _TITLE),
    lambda texts: the_only(texts, ".json"),
)
