"""What a JSON file holds, by its structure: the formats that are read, and those that are named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

import msgspec

from rpn_core.errors import UserError
from rpn_core.labels.format import Texts
from rpn_core.labels.formats.bad_files import namesakes
from rpn_core.labels.stores.files import read_file
from rpn_core.messages import Message, msg

# Of a larger one the words in it tell: only COCO's and what derives from it grow so large.
_LARGE = 64 << 20
_HEAD = 64 << 10  # bytes of COCO's annotations that tell their kind
_PEEKED = 3  # entries of a list or mapping that are looked at


class JsonKind(StrEnum):
    """What a JSON file is; the first ones are read."""

    COCO = "coco"
    LABELME = "labelme"
    VIA = "via"
    CREATEML = "createml"
    # Without boxes, or without what makes labels of them.
    CAPTIONS = "captions"
    PANOPTIC = "panoptic"
    RESULTS = "results"
    LABEL_STUDIO = "label-studio"
    SUPERVISELY = "supervisely"
    DATUMARO = "datumaro"
    VIA_3 = "via-3"
    VOTT = "vott"
    BDD = "bdd"
    CITYSCAPES = "cityscapes"
    GEOJSON = "geojson"
    BROKEN = "broken"
    OTHER = "other"


# What they are called, and the shortest way to a format that is read.
NAMED: Mapping[JsonKind, tuple[Message, Message]] = {
    JsonKind.CAPTIONS: (
        msg("COCO captions, which have no boxes"),
        msg("give the file with the boxes, as instances_train2017.json is"),
    ),
    JsonKind.PANOPTIC: (
        msg("COCO panoptic, whose boxes lie in segments_info"),
        msg("give the file with the boxes, as instances_train2017.json is"),
    ),
    JsonKind.RESULTS: (
        msg("detection results (boxes with a score, and no images)"),
        msg("give the annotation file they belong to"),
    ),
    JsonKind.LABEL_STUDIO: (
        msg("Label Studio's own JSON"),
        msg("choose COCO, Pascal VOC XML or YOLO where it exports"),
    ),
    JsonKind.SUPERVISELY: (
        msg("Supervisely's own JSON"),
        msg("run its app 'Export to COCO' and give that"),
    ),
    JsonKind.DATUMARO: (
        msg("Datumaro's own JSON"),
        msg("run `datum convert -i FOLDER -if datumaro -f coco -o OUT` and give OUT"),
    ),
    JsonKind.VIA_3: (
        msg("a project of the VGG Image Annotator 3"),
        msg("export it as COCO there"),
    ),
    JsonKind.VOTT: (msg("VoTT's own JSON"), msg("export it as Pascal VOC or CSV there")),
    JsonKind.BDD: (
        msg("BDD100K's JSON"),
        msg("run `python -m bdd100k.label.to_coco` on it and give what it writes"),
    ),
    JsonKind.CITYSCAPES: (
        msg("Cityscapes' polygons"),
        msg("run torchvision's or mmdetection's cityscapes-to-COCO script and give what it writes"),
    ),
    JsonKind.GEOJSON: (
        msg("GeoJSON, whose coordinates are those of a map"),
        msg("cut the images and write their boxes as COCO, in pixels"),
    ),
}  # fmt: skip


def json_names(texts: Texts, kind: JsonKind) -> list[str]:
    """The JSON files of one kind, and broken ones that are called as they are in another folder."""
    names = texts.ending_in(".json")
    found = [name for name in names if json_kind(texts, name) is kind]
    broken = [name for name in names if json_kind(texts, name) is JsonKind.BROKEN]
    return sorted([*found, *namesakes(found, broken)])


def json_kind(texts: Texts, name: str) -> JsonKind:
    """What one file is; it is looked into once."""
    if name not in texts.seen:
        try:
            texts.seen[name] = kind_of(read_file(texts.files, name))
        except UserError:
            texts.seen[name] = JsonKind.BROKEN
    return JsonKind(texts.seen[name])


def kind_of(data: bytes) -> JsonKind:
    """What a file is, by its bytes.

    >>> str(kind_of(b'{"shapes": [], "imagePath": "a.jpg"}')), str(kind_of(b'{"name": "app"}'))
    ('labelme', 'other')
    """
    if len(data) > _LARGE:
        return _by_words(data)
    try:
        found = _top(data)
    except (UserError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        kind = _by_words(data)  # NaN, which is no JSON, does not hide what it is
        return JsonKind.BROKEN if kind is JsonKind.OTHER else kind
    if isinstance(found, Mapping):
        return _of_mapping(found)
    if isinstance(found, Sequence) and not isinstance(found, str):
        return _of_list(found)
    return JsonKind.OTHER


def _top(data: bytes) -> object:
    """The document; of each value of a mapping only the bytes."""
    if data.lstrip()[:1] == b"{":
        return msgspec.json.decode(data, type=dict[str, msgspec.Raw])
    return msgspec.json.decode(data, type=list[msgspec.Raw])


def _by_words(data: bytes) -> JsonKind:
    """Of a file that is too large or too broken to be decoded."""
    for kind, words in (
        (JsonKind.COCO, (b'"images"', b'"annotations"')),
        (JsonKind.LABELME, (b'"shapes"', b'"imagePath"')),
        (JsonKind.VIA, (b'"regions"', b'"shape_attributes"')),
        (JsonKind.CREATEML, (b'"annotations"', b'"coordinates"', b'"image')),
    ):
        if all(word in data for word in words):
            return kind
    return JsonKind.OTHER


def _of_mapping(found: Mapping[str, object]) -> JsonKind:
    keys = found.keys()
    if {"images", "annotations"} <= keys:
        return _of_coco(found)
    if "shapes" in keys and keys & {"imagePath", "imageData", "imageHeight"}:
        return JsonKind.LABELME
    if "_via_img_metadata" in keys:
        return JsonKind.VIA
    if {"project", "file", "metadata", "view"} <= keys:
        return JsonKind.VIA_3
    if {"objects", "size"} <= keys or ({"classes", "tags"} <= keys):
        return JsonKind.SUPERVISELY
    if {"items", "categories"} <= keys:
        return JsonKind.DATUMARO
    if {"imgHeight", "imgWidth", "objects"} <= keys:
        return JsonKind.CITYSCAPES
    if {"asset", "regions"} <= keys or {"assets", "tags"} <= keys:
        return JsonKind.VOTT
    if {"type", "features"} <= keys:
        return JsonKind.GEOJSON
    if {"name", "frames"} <= keys:
        return JsonKind.BDD
    entries = [_keys_of(value) for value in list(found.values())[:_PEEKED]]
    if entries and all({"filename", "regions"} <= one for one in entries):
        return JsonKind.VIA
    return JsonKind.OTHER


def _of_coco(found: Mapping[str, object]) -> JsonKind:
    start = bytes(memoryview(_bytes(found["annotations"]))[:_HEAD])  # a decoder would read all
    if b'"segments_info"' in start:  # which have boxes of their own
        return JsonKind.PANOPTIC
    captions = b'"caption"' in start and b'"bbox"' not in start
    return JsonKind.CAPTIONS if captions else JsonKind.COCO


def _of_list(found: Sequence[object]) -> JsonKind:
    entries = [_keys_of(one) for one in found[:_PEEKED]]
    if not entries:
        return JsonKind.OTHER

    def all_have(*keys: str) -> bool:
        return all(set(keys) <= one for one in entries)

    if all_have("bbox", "score") or all_have("image_id", "bbox"):
        return JsonKind.RESULTS
    if all_have("annotations", "data") or all_have("completions", "data"):
        return JsonKind.LABEL_STUDIO
    if all_have("annotations") and all(one & {"image", "imagefilename"} for one in entries):
        return JsonKind.CREATEML
    if all_have("image", "annotation_id") or all_have("image", "annotator"):
        return JsonKind.LABEL_STUDIO
    if all_have("name", "labels"):
        return JsonKind.BDD
    return JsonKind.OTHER


def _keys_of(value: object) -> set[str]:
    """The keys of a mapping, and of anything else none."""
    try:
        return set(msgspec.json.decode(_bytes(value), type=dict[str, msgspec.Raw]))
    except msgspec.DecodeError:
        return set()


def _bytes(value: object) -> bytes:
    return bytes(value) if isinstance(value, msgspec.Raw) else b""
