"""A scene as one block of bytes: a component takes raw bytes only as the whole of its data.

    "RPN1" | u32 length of header | header: JSON | array | array | ... | photo

Arrays and photos that the browser has already stay out: the header names each by its content.
Little-endian. The header is padded with spaces and each array with zeros to a multiple of four
bytes, so that the browser can lay typed arrays over the block without copying.
"""

from __future__ import annotations

import hashlib
import json
import math
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from pages._ui.scene.browser_memory import BrowserMemory
from pages._ui.scene.content_id import content_id
from pages._ui.scene.edits import MIN_SIDE, MOST_OBJECTS
from pages._ui.scene.scene import AnchorValues, ClassStyle, Scene, Survival
from pages._ui.scripts.words import ScriptWords
from rpn_core.figures.palette import (
    CROWD_STYLE,
    FATE_STYLES,
    LEVEL_COLOURS,
    OBJECT_STYLE,
    SCORE_STOPS,
    LineStyle,
)
from rpn_core.stages.fate import Fate
from rpn_core.stages.ledger import Ledger

MAGIC = b"RPN1"
SURVIVAL_BYTES = 13


@dataclass(frozen=True, slots=True)
class Packed:
    """A scene on its way to the browser.

    Attributes:
        block: what is sent.
        id: of the picture, whatever of it is in the block.
        photo_id: of the photo, whether it is in the block or in the browser.
        arrays: id of each array that the scene needs -> its bytes, wherever it is.
        words_id: of the words in the language in force; "" where they are the English ones.
    """

    block: bytes
    id: str
    photo_id: str
    arrays: dict[str, int]
    words_id: str = ""


def pack_scene(
    scene: Scene,
    *,
    key: str = "",
    view_group: str = "",
    max_height: int = 640,
    edit: str = "",
    words: ScriptWords | None = None,
    browser: BrowserMemory | None = None,
) -> Packed:
    """Pack a scene for the browser, with its words in the language in force.

    Args:
        scene: R anchors and what became of them.
        key: of the component; view and switches are remembered by it.
        view_group: of those that share a view; "" for none.
        max_height: of the picture, CSS pixels.
        edit: names the last edit of the objects that was received, whether taken or refused.
        words: what the language in force says for the canvas's own; None: English.
        browser: what need not be sent; not told of this payload: that is for who sends it.
    Raises:
        ValueError: an array of `scene.outcome`, `scene.classes` or `scene.values` does not have R
            entries, or `scene.object_states` not G.
    """
    has_photo = browser.has_photo if browser else _has_nothing
    has_array = browser.has_array if browser else _has_nothing
    has_words = browser.has_words if browser else _has_nothing
    arrays = _anchor_arrays(scene)
    words_id = _json_id(words) if words else ""
    header: dict[str, Any] = {
        "key": key,
        "viewGroup": view_group,
        "words": words_id or None,
        "maxHeight": max_height,
        "layout": layout_id(scene),
        "photoId": scene.photo.id,
        "originalHw": scene.frame.original_hw,
        "imageHw": scene.frame.image_hw,
        "anchors": len(scene),
        "grid": scene.anchors is not None,
        "levels": _levels(scene),
        "scoreNote": str(scene.score_note),
        "viewHint": scene.view_hint,
        "palette": _palette(),
        **_ground_truth(scene, edit),
        **_classes_and_values(scene),
        **_survival(scene),
        "arrays": [
            {"name": name, "type": one.array.dtype.str[1:], "length": one.array.size, "id": one.id}
            for name, one in arrays.items()
        ],
    }
    # Before it is decided what travels: it is the same picture either way.
    header["payloadId"] = _json_id(header)
    if words and not has_words(words_id):
        header["sentWords"] = words
    sent = {name: one for name, one in arrays.items() if not has_array(one.id)}
    for entry in header["arrays"]:
        entry["sent"] = entry["name"] in sent
    photo = b"" if has_photo(scene.photo.id) else scene.photo.encoded
    header["photoBytes"] = len(photo)
    head = _padded(json.dumps(header).encode(), b" ")
    body = (_padded(one.array.tobytes(), b"\0") for one in sent.values())
    block = b"".join((MAGIC, struct.pack("<I", len(head)), head, *body, photo))
    needed = {one.id: one.array.nbytes for one in arrays.values()}
    return Packed(block, header["payloadId"], scene.photo.id, needed, words_id)


def _has_nothing(_: str) -> bool:
    return False


def layout_id(scene: Scene) -> str:
    """Name the photo and the grid of addresses: an anchor's index means the same while it holds."""
    grids: object = len(scene)
    if scene.anchors is not None:
        grids = [(*level.grid_hw, level.shapes) for level in scene.anchors.levels]
    return _json_id([scene.photo.id, grids])


def _json_id(value: object) -> str:
    return hashlib.blake2b(json.dumps(value).encode(), digest_size=8).hexdigest()


def _padded(block: bytes, filler: bytes) -> bytes:
    return block + filler * (-len(block) % 4)


def _levels(scene: Scene) -> list[dict[str, Any]]:
    if scene.anchors is None:  # boxes that come from no grid travel whole, with their level
        return [{"name": str(name)} for name in scene.level_names]
    return [
        {
            "name": str(name),
            "gridHw": level.grid_hw,
            "strideHw": level.stride_hw,
            "offset": level.offset,
            "cellAnchors": level.cell_anchors.tolist(),
            "sizeRatio": level.size_ratio.tolist(),
        }
        for name, level in zip(scene.level_names, scene.anchors.levels, strict=True)
    ]


def _palette() -> dict[str, Any]:
    return {
        "levels": LEVEL_COLOURS,
        "scores": SCORE_STOPS,
        "fates": [{"name": str(fate.label), **_line(FATE_STYLES[fate])} for fate in Fate],
        "object": _line(OBJECT_STYLE),
        "crowd": _line(CROWD_STYLE),
    }


def _line(style: LineStyle) -> dict[str, Any]:
    return {"colour": style.colour, "dash": style.dash, "width": style.width}


def _styles(styles: tuple[ClassStyle, ...]) -> list[dict[str, Any]]:
    return [
        {"name": str(style.name), "shown": style.shown, **_line(style.line)} for style in styles
    ]


def _ground_truth(scene: Scene, edit: str) -> dict[str, Any]:
    objects, states = scene.objects, scene.object_states
    if objects is None:
        return {}
    count = len(objects)
    if states is not None and len(states.of) != count:
        raise ValueError(f"{len(states.of)} states came for {count} objects")
    told = {
        "ids": objects.ids,
        "boxes": [[_or_null(side) for side in box] for box in objects.boxes.tolist()],
        "numbers": list(range(1, count + 1)) if scene.objects_numbered else [None] * count,
        "labels": objects.categories,
        "crowd": objects.crowd.tolist(),
        "state": [None] * count if states is None else states.of.tolist(),
        "states": [] if states is None else _styles(states.styles),
        "editable": scene.objects_editable,
        "revision": scene.objects_revision,
        "edit": edit,
        "minSide": MIN_SIDE,
        "most": MOST_OBJECTS,
    }
    return {"objects": told}


def _or_null(side: float) -> float | None:
    """JSON has no NaN; a label set may."""
    return side if math.isfinite(side) else None


def _classes_and_values(scene: Scene) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if scene.classes is not None:
        told["classes"] = {"name": str(scene.classes.name), "styles": _styles(scene.classes.styles)}
    if scene.values is not None:
        told["values"] = {
            "name": str(scene.values.name),
            "unit": scene.values.unit,
            "limits": _limits(scene.values),
            "stops": scene.values.stops,
        }
    return told


def _survival(scene: Scene) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if scene.survival is not None:
        told["survival"] = {
            "threshold": scene.survival.threshold,
            "postNmsTopN": scene.survival.post_nms_top_n,
        }
    if scene.chosen is not None:
        told["chosen"] = {"anchor": scene.chosen.anchor, "number": scene.chosen.number}
    return told


@dataclass(frozen=True, eq=False, slots=True)
class _Array:
    """What travels of one result, and its name by content."""

    array: NDArray[Any]
    id: str


def _of(source: Tensor | NDArray[Any], array: NDArray[Any]) -> _Array:
    return _Array(array, content_id(source, array))


def _survival_arrays(survival: Survival) -> dict[str, _Array]:
    """The order, and 101 bits a box in 13 bytes, the lowest threshold in the lowest bit."""
    if len(survival.order) != len(survival.masks):
        raise ValueError(f"{len(survival.masks)} masks came for {len(survival.order)} candidates")
    all_bytes = survival.masks.astype("<u8").view(np.uint8)
    bits = np.ascontiguousarray(all_bytes[:, :SURVIVAL_BYTES]).reshape(-1)
    return {
        "survivalOrder": _of(survival.order, survival.order.astype("<i4")),
        "survivalBits": _of(survival.masks, bits),
    }


def _limits(values: AnchorValues) -> tuple[float, float] | None:
    """The ends of the colour scale; None when no anchor has a value."""
    if values.limits is not None:
        return values.limits
    finite = values.values[values.values.isfinite()]
    return (float(finite.min()), float(finite.max())) if len(finite) else None


def _anchor_arrays(scene: Scene) -> dict[str, _Array]:
    arrays: dict[str, _Array] = {}
    expected = len(scene)

    def per_anchor(name: str, source: Tensor, dtype: type[np.generic], width: int = 1) -> None:
        array = _flat(source, dtype)
        if array.size != width * expected:
            entries = array.size // width
            raise ValueError(f"{name} has {entries} entries, but there are {expected} anchors")
        arrays[name] = _of(source, array)

    if scene.outcome is not None:
        predictions, ledger = scene.outcome.predictions, scene.outcome.ledger
        per_anchor("logits", predictions.logits, np.float32)
        per_anchor("decoded", predictions.boxes, np.float32, width=4)
        if predictions.anchors is None:
            per_anchor("levelOf", predictions.level, np.uint8)
        per_anchor("fate", ledger.fate, np.uint8)
        arrays["kept"] = _of(ledger.kept, _flat(ledger.kept, np.int32))
        arrays |= _suppression_arrays(ledger, expected)
    if scene.classes is not None:
        per_anchor("classOf", scene.classes.of, np.uint8)
        highest = arrays["classOf"].array.max(initial=0)
        known = len(scene.classes.styles)
        if expected and highest >= known:
            raise ValueError(f"class {highest} has no style: there are {known}")
    if scene.values is not None:
        per_anchor("valueOf", scene.values.values, np.float32)
    if scene.survival is not None:
        arrays |= _survival_arrays(scene.survival)
    return arrays


def _suppression_arrays(ledger: Ledger, anchors: int) -> dict[str, _Array]:
    """Who suppressed whom, for those few that were: most anchors never come to NMS."""
    by, iou = ledger.suppressed_by, ledger.suppressed_iou
    for name, source in (("suppressed_by", by), ("suppressed_iou", iou)):
        if len(source) != anchors:
            raise ValueError(f"{name} has {len(source)} entries, but there are {anchors} anchors")
    suppressed = (by >= 0).nonzero().flatten()
    columns = {
        "suppressed": _flat(suppressed, np.int32),
        "suppressor": _flat(by[suppressed], np.int32),
        "suppressorIou": _flat(iou[suppressed], np.float32),
    }
    return {name: _of(column, column) for name, column in columns.items()}


def _flat(tensor: Tensor, dtype: type[np.generic]) -> NDArray[Any]:
    little_endian = np.dtype(dtype).newbyteorder("<")
    return np.ascontiguousarray(tensor.detach().cpu().numpy(), dtype=little_endian).reshape(-1)
