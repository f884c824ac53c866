"""A scene as one block of bytes: a component takes raw bytes only as the whole of its data.

    "RPN1" | u32 length of header | header: JSON | array | array | ... | photo

Little-endian. The header is padded with spaces and each array with zeros to a multiple of four
bytes, so that the browser can lay typed arrays over the block without copying.
"""

from __future__ import annotations

import hashlib
import json
import math
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from pages._ui.canvas.edits import MIN_SIDE, MOST_OBJECTS, object_ids
from pages._ui.canvas.scene import AnchorValues, ClassStyle, Objects, Scene, Survival
from rpn_core.fate import Fate
from rpn_core.figures.palette import (
    CROWD_STYLE,
    FATE_STYLES,
    LEVEL_COLOURS,
    OBJECT_STYLE,
    SCORE_STOPS,
    LineStyle,
)

MAGIC = b"RPN1"
SURVIVAL_BYTES = 13


def pack_scene(
    scene: Scene,
    *,
    key: str = "",
    max_height: int = 640,
    with_photo: bool = True,
    edit: str = "",
) -> bytes:
    """Pack a scene for the browser.

    Args:
        scene: R anchors and what became of them.
        key: of the component; view and switches are remembered by it.
        max_height: of the picture, CSS pixels.
        with_photo: False when the browser already has the photo.
        edit: names the last edit of the objects that was received, whether taken or refused.
    Raises:
        ValueError: an array of `scene.scored`, `scene.classes` or `scene.values` does not have R
            entries, or a column of `scene.objects` not G.
    """
    arrays = _anchor_arrays(scene)
    header: dict[str, Any] = {
        "key": key,
        "maxHeight": max_height,
        "layout": layout_id(scene),
        "photoId": scene.photo.id,
        "originalHw": scene.original_hw,
        "imageHw": scene.image_hw,
        "anchors": len(scene.anchors),
        "levels": _levels(scene),
        "scoreNote": scene.score_note,
        "viewHint": scene.view_hint,
        "palette": _palette(),
        **_ground_truth(scene.objects, edit),
        **_classes_and_values(scene),
        **_survival(scene),
        "arrays": [
            {"name": name, "type": array.dtype.str[1:], "length": array.size}
            for name, array in arrays.items()
        ],
    }
    body = b"".join(_padded(array.tobytes(), b"\0") for array in arrays.values())
    # The photo is left out: with and without it, it is the same picture.
    header["payloadId"] = hashlib.blake2b(
        json.dumps(header).encode() + body, digest_size=8
    ).hexdigest()
    photo = scene.photo.encoded if with_photo else b""
    header["photoBytes"] = len(photo)
    head = _padded(json.dumps(header).encode(), b" ")
    return b"".join((MAGIC, struct.pack("<I", len(head)), head, body, photo))


def layout_id(scene: Scene) -> str:
    """Name the photo and the grid of addresses: an anchor's index means the same while it holds."""
    grids = [(*level.grid_hw, level.shapes) for level in scene.anchors.levels]
    text = json.dumps([scene.photo.id, grids])
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _padded(block: bytes, filler: bytes) -> bytes:
    return block + filler * (-len(block) % 4)


def _levels(scene: Scene) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
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
        "fates": [{"words": fate.words, **_line(FATE_STYLES[fate])} for fate in Fate],
        "object": _line(OBJECT_STYLE),
        "crowd": _line(CROWD_STYLE),
    }


def _line(style: LineStyle) -> dict[str, Any]:
    return {"colour": style.colour, "dash": style.dash, "width": style.width}


def _styles(styles: tuple[ClassStyle, ...]) -> list[dict[str, Any]]:
    return [{"name": style.name, "shown": style.shown, **_line(style.line)} for style in styles]


def _ground_truth(objects: Objects | None, edit: str) -> dict[str, Any]:
    if objects is None:
        return {}
    columns = {
        "ids": object_ids(objects),
        "boxes": [[_or_null(side) for side in box] for box in objects.boxes.tolist()],
        "labels": list(objects.labels) or [""] * len(objects),
        "crowd": [False] * len(objects) if objects.crowd is None else objects.crowd.tolist(),
        "state": [None] * len(objects) if objects.state is None else objects.state.tolist(),
    }
    for name, column in columns.items():
        if len(column) != len(objects):
            raise ValueError(
                f"{name} has {len(column)} entries, but there are {len(objects)} objects"
            )
    rest = {
        "states": _styles(objects.states),
        "editable": objects.editable,
        "revision": objects.revision,
        "edit": edit,
        "minSide": MIN_SIDE,
        "most": MOST_OBJECTS,
    }
    return {"objects": {**columns, **rest}}


def _or_null(side: float) -> float | None:
    """JSON has no NaN; a label set may."""
    return side if math.isfinite(side) else None


def _classes_and_values(scene: Scene) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if scene.classes is not None:
        told["classes"] = {"name": scene.classes.name, "styles": _styles(scene.classes.styles)}
    if scene.values is not None:
        told["values"] = {
            "name": scene.values.name,
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


def _survival_arrays(survival: Survival) -> dict[str, NDArray[Any]]:
    """The order, and 101 bits a box in 13 bytes, the lowest threshold in the lowest bit."""
    if len(survival.order) != len(survival.masks):
        raise ValueError(f"{len(survival.masks)} masks came for {len(survival.order)} candidates")
    all_bytes = survival.masks.astype("<u8").view(np.uint8).reshape(len(survival.order), -1)
    return {
        "survivalOrder": survival.order.astype("<i4"),
        "survivalBits": np.ascontiguousarray(all_bytes[:, :SURVIVAL_BYTES]).reshape(-1),
    }


def _limits(values: AnchorValues) -> tuple[float, float] | None:
    """The ends of the colour scale; None when no anchor has a value."""
    if values.limits is not None:
        return values.limits
    finite = values.values[values.values.isfinite()]
    return (float(finite.min()), float(finite.max())) if len(finite) else None


def _anchor_arrays(scene: Scene) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {}
    if scene.scored is not None:
        ledger = scene.scored.ledger
        arrays = {
            "logits": _flat(scene.scored.objectness_logits, np.float32),
            "decoded": _flat(scene.scored.decoded, np.float32),
            "fate": _flat(ledger.fate, np.uint8),
            "suppressedBy": _flat(ledger.suppressed_by, np.int32),
            "suppressedIou": _flat(ledger.suppressed_iou, np.float32),
            "kept": _flat(ledger.kept, np.int32),
        }
    if scene.classes is not None:
        arrays["classOf"] = _flat(scene.classes.of, np.uint8)
        highest, known = int(arrays["classOf"].max(initial=0)), len(scene.classes.styles)
        if arrays["classOf"].size and highest >= known:
            raise ValueError(f"class {highest} has no style: there are {known}")
    if scene.values is not None:
        arrays["valueOf"] = _flat(scene.values.values, np.float32)
    expected = len(scene.anchors)
    for name, array in arrays.items():
        per_anchor = array.size // 4 if name == "decoded" else array.size
        if name != "kept" and per_anchor != expected:
            raise ValueError(f"{name} has {per_anchor} entries, but there are {expected} anchors")
    if scene.survival is not None:
        arrays |= _survival_arrays(scene.survival)
    return arrays


def _flat(tensor: Tensor, dtype: type[np.generic]) -> NDArray[Any]:
    little_endian = np.dtype(dtype).newbyteorder("<")
    return np.ascontiguousarray(tensor.detach().cpu().numpy(), dtype=little_endian).reshape(-1)
