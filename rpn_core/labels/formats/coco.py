"""COCO's detection format: one JSON file with images, annotations and categories.

The file is decoded straight into the few fields that matter. For a file as large as that of COCO's
training set (most of which is outlines) reading takes a quarter of the memory that the json module
needs for decoding alone, and less than half of the time (tests/bench/labels_times.py).
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import partial
from urllib.parse import unquote

import msgspec
import numpy as np
from numpy.typing import NDArray

from rpn_core.errors import UserError
from rpn_core.labels.finding import Findings, Rule, Severity, of_data_set
from rpn_core.labels.format import Format, ReadLabels, Texts
from rpn_core.labels.formats.ids import Id, Ids, show_id
from rpn_core.labels.formats.json_kinds import JsonKind, json_kind, json_names
from rpn_core.labels.formats.json_text import decode, place_of, reason_of
from rpn_core.labels.formats.one_file import read_one_a_folder
from rpn_core.labels.label_set import label_set
from rpn_core.labels.stores.files import read_file
from rpn_core.messages import Message, msg
from rpn_core.progress import Progress, no_progress

_Flag = float | bool | None  # which should be 0 or 1
_TITLE = msg("COCO JSON")
_WANTED = msg(
    "a JSON object with images, annotations and categories, as COCO's detection format has"
)
_MAX_SHOWN = 5  # ids in a sentence
_MAX_SIDE = 1 << 31  # of an image; a "width" beyond it is none
NO_SUCH_IMAGE = Rule(
    "no-such-image",
    Severity.ERROR,
    msg("Box of an image that is not listed"),
    msg("The boxes are left out: training never sees them."),
    msg("List the image under images, or remove its annotations."),
)

NO_SUCH_CATEGORY = Rule(
    "no-such-category",
    Severity.NOTE,
    msg("category_id that is not listed"),
    msg("Its boxes have no category, and the detector behind an RPN cannot learn what they are."),
    msg("List the category under categories, or correct the category_id."),
)

SAME_CATEGORY_ID = Rule(
    "same-category-id",
    Severity.WARNING,
    msg("Two categories with one id"),
    msg("Boxes of both are called as the last of them is; an RPN does not care."),
    msg("Give each category an id of its own."),
)


class _Image(msgspec.Struct, gc=False):
    id: Id
    file_name: str | None = None
    coco_url: str | None = None  # which LVIS has instead
    flickr_url: str | None = None
    width: float | None = 0
    height: float | None = 0


class _Annotation(msgspec.Struct, gc=False):
    image_id: Id
    bbox: list[float | None] | None = None
    category_id: Id = None
    iscrowd: _Flag = 0
    ignore: _Flag = 0  # what VOC's difficult becomes in COCO's format


class _Category(msgspec.Struct, gc=False):
    id: Id
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
        UserError: it is no such JSON, has one of its lists twice, or two images have the same id.
    """
    progress(0.0)
    document = _decoded(data, shown)
    progress(0.6)
    return _columns(document, data, shown, progress)


def _find(texts: Texts) -> Sequence[str]:
    """Of several beside each other those with boxes: COCO comes with captions and key points."""
    found = json_names(texts, JsonKind.COCO)
    if len(found) < 2:
        return found
    with_boxes = [
        name
        for name in found
        if json_kind(texts, name) is JsonKind.BROKEN or b'"bbox"' in read_file(texts.files, name)
    ]
    return with_boxes or found


def _decoded(data: bytes, shown: str) -> _Document:
    try:
        document = decode(data, _Document, shown, _TITLE)
    except msgspec.ValidationError as error:
        raise UserError(
            "{file} is not COCO JSON ({reason}): give {wanted}.",
            file=shown,
            reason=reason_of(error),
            wanted=_WANTED,
        ) from None
    for key in (b"images", b"annotations", b"categories"):
        if data.count(b'"%b"' % key) > 1:
            _refuse_twice(data, key, shown)
    return document


def _refuse_twice(data: bytes, key: bytes, shown: str) -> None:
    """Raise UserError where a mapping has a key twice, of which a decoder keeps the last.

    In a file without white space the name may also be a text; only then all is decoded again.
    """

    def unique(pairs: list[tuple[str, object]]) -> None:
        if sum(name == key.decode() for name, _ in pairs) > 1:
            raise LookupError

    try:
        json.loads(data, object_pairs_hook=unique)
    except LookupError:
        first, second = [m.start() for m in re.finditer(rb'"%b"\s*:' % key, data)][:2]
        raise UserError(
            "{file} has {key} twice, of which all programs read only the last (first at {first}, "
            "then at {second}): join the two.",
            file=shown,
            key=key.decode(),
            first=place_of(data, first),
            second=place_of(data, second),
        ) from None
    except (ValueError, RecursionError):
        return  # msgspec has read it


def _columns(document: _Document, data: bytes, shown: str, progress: Progress) -> ReadLabels:
    images, annotations = document.images, document.annotations
    if annotations and all(row.bbox is None for row in annotations):
        raise UserError(
            "{file} has annotations but no bbox ({what}): give the file with the boxes, as "
            "instances_train2017.json is.",
            file=shown,
            what=_instead_of_boxes(data),
        )
    ids = Ids([row.id for row in images])
    if (twice := ids.twice()) is not None:
        raise UserError(
            "Two images of {file} have the id {id}: give each its own, so that it is known whose "
            "the boxes are.",
            file=shown,
            id=twice,
        )
    image = np.array([ids.place(row.image_id) for row in annotations], np.int64)
    progress(0.7)
    boxes = _boxes(annotations)
    progress(0.9)
    names, category, unnamed = _categories(document)
    crowd = np.array([bool(row.iscrowd) for row in annotations], bool)
    difficult = np.array([bool(row.ignore) for row in annotations], bool)
    listed = image >= 0
    labels = label_set(
        tuple(_file_name(row, place, shown) for place, row in enumerate(images)),
        boxes[listed],
        image[listed],
        sizes_hw=_sizes(images),
        image_ids=_image_ids(images),
        categories=names,
        category=category[listed],
        crowd=crowd[listed],
        difficult=difficult[listed],
    )
    progress(1.0)
    return ReadLabels(labels, (*_unlisted(annotations, listed, ids), *unnamed))


def _file_name(row: _Image, place: int, shown: str) -> str:
    """As the file says; of a URL, which LVIS has instead, its end."""
    if row.file_name is not None:
        return row.file_name.replace("\\", "/")
    url = row.coco_url or row.flickr_url
    if not url:
        raise UserError(
            "images[{place}] of {file} has no file_name, nor a coco_url as LVIS has: write the "
            "name of its image.",
            place=place,
            file=shown,
        )
    return unquote(url.partition("?")[0].rstrip("/").rpartition("/")[2], errors="replace")


def _instead_of_boxes(data: bytes) -> Message:
    if b'"segments_info"' in data:
        return msg("a panoptic file, whose boxes lie in segments_info")
    if b'"caption"' in data:
        return msg("captions")
    if b'"keypoints"' in data:
        return msg("key points alone")
    if b'"segmentation"' in data:
        return msg("outlines alone")
    return msg("captions or a panoptic file, perhaps")


def _boxes(annotations: list[_Annotation]) -> NDArray[np.float64]:
    rows = [row.bbox for row in annotations]
    if any(row is None or len(row) != 4 for row in rows):
        rows = [row if row is not None and len(row) == 4 else [None] * 4 for row in rows]
    xywh = np.array(rows, np.float64).reshape(-1, 4)  # None becomes NaN
    with np.errstate(over="ignore", invalid="ignore"):
        xywh[:, 2:] += xywh[:, :2]
    return xywh


def _categories(
    document: _Document,
) -> tuple[tuple[str, ...], NDArray[np.int64], tuple[Findings, ...]]:
    """Names, each annotation's place among them, and what to say of those that have none.

    A file without names is taken by its ids.
    """
    asked = [row.category_id for row in document.annotations]
    if document.categories:
        ids = Ids([row.id for row in document.categories])
        names = tuple(str(row.id if row.name is None else row.name) for row in document.categories)
    else:
        order = sorted(
            {one for one in asked if one is not None}, key=lambda one: (isinstance(one, str), one)
        )
        ids = Ids(order)
        names = tuple(map(str, order))
    twice = ids.twice()
    shared = of_data_set(
        SAME_CATEGORY_ID, partial(_one_id, twice or ""), count=int(twice is not None)
    )
    found = np.array([ids.place(one) for one in asked], np.int64)
    lost = dict.fromkeys(one for one, place in zip(asked, found.tolist(), strict=True) if place < 0)
    lost.pop(None, None)
    remark = of_data_set(
        NO_SUCH_CATEGORY,
        partial(_ids_came, "category_id", tuple(map(show_id, lost))[:_MAX_SHOWN], ids.shown),
        count=min(len(lost), 1),
    )
    return names, found, tuple(one for one in (shared, remark) if len(one))


def _sizes(images: list[_Image]) -> NDArray[np.int64]:
    sizes = np.array([(row.height, row.width) for row in images], np.float64).reshape(-1, 2)
    known = (sizes >= 1) & (sizes < _MAX_SIDE)  # which NaN is not
    return np.where(known.all(1, keepdims=True), np.nan_to_num(sizes), 0).astype(np.int64)


def _image_ids(images: list[_Image]) -> NDArray[np.int64] | NDArray[np.object_] | None:
    """As the file has them; None where one is no id that could be written again."""
    ids = [row.id for row in images]
    if any(one is None for one in ids):
        return None
    whole = [int(one) if isinstance(one, float) and one.is_integer() else one for one in ids]
    if all(isinstance(one, int) and abs(one) < 1 << 62 for one in whole):
        return np.array(whole, np.int64)
    kept = np.empty(len(whole), object)
    kept[:] = whole
    return kept


def _unlisted(
    annotations: list[_Annotation], listed: NDArray[np.bool_], ids: Ids
) -> tuple[Findings, ...]:
    lost = np.flatnonzero(~listed)
    if not len(lost):
        return ()
    asked = [annotations[place].image_id for place in lost.tolist()]
    distinct = {one: place for place, one in enumerate(dict.fromkeys(asked))}
    nowhere = np.full(len(lost), -1)
    values = np.stack((lost, [distinct[one] for one in asked]), 1).astype(np.float64)
    came = partial(_annotation, tuple(map(show_id, distinct)), ids.shown)
    return (Findings(NO_SUCH_IMAGE, nowhere, nowhere, values, came),)


def _annotation(asked: tuple[str, ...], listed: Message, place: float, which: float) -> Message:
    return msg(
        "annotation {place:.0f}, from 0: image_id {asked}, but the ids of the images are {listed}",
        place=place,
        asked=asked[int(which)],
        listed=listed,
    )


def _one_id(twice: str) -> Message:
    return msg("two categories have the id {id}", id=twice)


def _ids_came(key: str, asked: tuple[str, ...], listed: Message) -> Message:
    return msg("{key} {asked}, but listed are {listed}", key=key, asked=asked, listed=listed)


COCO = Format(
    "coco",
    _TITLE,
    _TITLE,
    (".json",),
    _find,
    partial(read_one_a_folder, read_coco_labels, _TITLE),
)
