"""Find out what a pasted text is, and read its anchors."""

from __future__ import annotations

import ast
import json
from typing import Any

import yaml

from rpn_core.errors import UserError
from rpn_core.frameworks import detectron2, listed, mmdetection, ours, torchvision, yolo
from rpn_core.frameworks.pasted import Pasted
from rpn_core.frameworks.python_text import Call, PythonText, parse_python
from rpn_core.messages import msg

MAX_LENGTH = 20_000
_UNKNOWN = msg(
    "The text has no anchors that are known here: paste torchvision's AnchorGenerator(...), "
    "detectron2's ANCHOR_GENERATOR yaml or L(DefaultAnchorGenerator)(...), mmdetection's "
    "anchor_generator=dict(...), YOLO's anchors, or a settings file of this app."
)
_MMDET_ONLY = {"scales", "octave_base_scale"}
_MMDET_ORDER = ("strides", "ratios", "scales", "base_sizes")


def read_anchors(text: str, strides: tuple[int, ...]) -> Pasted:
    """Read a configuration of any framework in `table.FRAMEWORKS`.

    Nothing of the text is run. What is wrong with it is put right where its meaning is clear:
    each mending is a finding, and `corrected` is the text as it should be.

    Args:
        text: as pasted; comments are kept in mind for "w/h" only.
        strides: nominal stride of each level of the model that the anchors are for.
    Raises:
        UserError: no configuration is recognised, or nothing in it can be used.

    >>> pasted = read_anchors("AnchorGenerator(((32, 64),), ((0.5, 1, 2),))", (8, 16))
    >>> pasted.settings.sizes
    ((32,), (64,))
    >>> print(pasted.findings[0].sentence)
    sizes is nested wrongly: ((32, 64),) is one level with 2 sizes, but the model has 2 levels \
(strides 8, 16): write ((32,), (64,)).
    """
    if len(text) > MAX_LENGTH:
        raise UserError(
            "The text has {characters:,} characters, but at most {most:,} are read: paste the "
            "anchor configuration alone.",
            characters=len(text),
            most=MAX_LENGTH,
        )
    if not text.strip():
        raise UserError("Nothing is pasted yet.")
    if "\0" in text:
        raise UserError("The text has a zero byte: it is no text.")
    if _is_our_json(text):
        return ours.read(text, strides)
    if yolo.looks_like_a_list(text):
        return yolo.read_list(text, strides)
    section = _yaml_section(text)
    if section is not None:
        return _from_yaml(section, text, strides)
    return _from_python(parse_python(text), text, strides)


def _is_our_json(text: str) -> bool:
    try:
        return "anchors" in json.loads(text)
    except (ValueError, RecursionError, TypeError):
        return False


def _yaml_section(text: str) -> dict[str, Any] | None:
    """The part of a yaml file that holds anchors."""
    if "ANCHOR_GENERATOR" not in text and "anchors" not in text and "SIZES" not in text:
        return None
    try:
        whole = yaml.safe_load(text)
    # PyYAML leaks a dozen kinds of exception on broken scalars and keys, beside its own.
    except Exception:
        return None
    if isinstance(whole, dict) and isinstance(whole.get("MODEL"), dict):
        whole = whole["MODEL"]
    if isinstance(whole, dict) and isinstance(whole.get("ANCHOR_GENERATOR"), dict):
        whole = whole["ANCHOR_GENERATOR"]
    if isinstance(whole, dict) and ("SIZES" in whole or "anchors" in whole):
        return whole
    return None


def _from_yaml(section: dict[str, Any], text: str, strides: tuple[int, ...]) -> Pasted:
    if "SIZES" not in section:
        return yolo.read_yaml(section["anchors"], strides)
    return detectron2.read(
        _decoded("SIZES", section["SIZES"]),
        _decoded("ASPECT_RATIOS", section.get("ASPECT_RATIOS", [[0.5, 1.0, 2.0]])),
        _decoded("OFFSET", section.get("OFFSET", 0.0)),  # detectron2's default config
        text,
        strides,
        written_strides=None,
        lazy=False,
    )


def _decoded(name: str, value: Any) -> Any:
    """yacs takes a string for the literal that it spells: `SIZES: ((32,), (64,))` is one."""
    if not isinstance(value, str):
        return value
    spelt = parse_python(f"{name}={value}")
    if name not in spelt.names:
        raise UserError(
            "{name} is not a list of numbers: write it like {example}.",
            name=name,
            example="[[32], [64]]",
        )
    return spelt.literal(name, spelt.names[name])


# ---- Python ----------------------------------------------------------------------------------


def _from_python(python: PythonText, text: str, strides: tuple[int, ...]) -> Pasted:
    for call in python.calls:
        if call.name == "DefaultAnchorGenerator":
            return _lazy(python, call, text, strides)
        if _yolo_arguments(python, call):
            return _mmdetection_yolo(python, call, strides)
        if call.name.endswith("AnchorGenerator") and call.name != "AnchorGenerator":
            raise UserError(
                "{name} is not read here: only AnchorGenerator is.", name=call.name[:40]
            )
        if _is_mmdetection(python, call):
            return _mmdetection(python, call, text, strides)
        if call.name == "AnchorGenerator":
            return _torchvision(python, call, text, strides)
    # No call: bare arguments, or names that are assigned.
    bare = Call("", (), python.names)
    if _is_mmdetection(python, bare):
        return _mmdetection(python, bare, text, strides)
    if _first(bare, "sizes", "anchor_sizes") is not None:
        return _torchvision(python, bare, text, strides)
    raise UserError(_UNKNOWN)


def _first(call: Call, *names: str) -> str | None:
    return next((name for name in names if name in call.keywords), None)


def _is_mmdetection(python: PythonText, call: Call) -> bool:
    if call.name == "AnchorGenerator":
        return bool(_MMDET_ONLY & set(call.keywords)) or len(call.arguments) > 2
    if call.name not in ("dict", ""):
        return False
    return "strides" in call.keywords and bool(_MMDET_ONLY & set(call.keywords))


def _yolo_arguments(python: PythonText, call: Call) -> bool:
    """Whether this is a YOLOAnchorGenerator, called or as a dict with a `type`."""
    kind = call.keywords.get("type") if call.name == "dict" else None
    name = python.literal("type", kind) if isinstance(kind, ast.Constant) else call.name
    return name == "YOLOAnchorGenerator"


def _mmdetection_yolo(python: PythonText, call: Call, strides: tuple[int, ...]) -> Pasted:
    nodes = dict(zip(("strides", "base_sizes"), call.arguments, strict=False)) | call.keywords
    for name in ("strides", "base_sizes"):
        if name not in nodes:
            raise UserError("YOLOAnchorGenerator has no {name}.", name=name)
    values = {name: python.literal(name, nodes[name]) for name in ("strides", "base_sizes")}
    return listed.read_base_sizes(
        values["base_sizes"], mmdetection.read_strides(values["strides"]), strides, mmdetection.KEY
    )


def _torchvision(python: PythonText, call: Call, text: str, strides: tuple[int, ...]) -> Pasted:
    if "cell_anchors" in python.names:  # they overrule sizes and ratios
        cells = python.literal("cell_anchors", python.names["cell_anchors"])
        return listed.read_cells(cells, strides, torchvision.KEY)
    nodes = dict(zip(("sizes", "aspect_ratios"), call.arguments, strict=False)) | call.keywords
    named = Call(call.name, (), nodes)
    size_name = _first(named, "sizes", "anchor_sizes")
    if size_name is None:
        raise UserError("AnchorGenerator has no sizes: write sizes=((32,), (64,), ...).")
    sizes = python.literal("sizes", nodes[size_name])
    ratio_name = _first(named, "aspect_ratios", "anchor_ratios", "ratios")
    # torchvision's own default
    ratios: Any = ((0.5, 1.0, 2.0),)
    if ratio_name is not None:
        ratios = python.literal("aspect_ratios", nodes[ratio_name])
    elif len(strides) > 1:
        ratios = ratios[0]
    return torchvision.read(sizes, ratios, text, strides)


def _lazy(python: PythonText, call: Call, text: str, strides: tuple[int, ...]) -> Pasted:
    values = {name: python.literal(name, node) for name, node in _known(call).items()}
    for name in ("sizes", "aspect_ratios"):
        if name not in values:
            raise UserError("DefaultAnchorGenerator has no {name}.", name=name)
    written = values.get("strides")
    return detectron2.read(
        values["sizes"],
        values["aspect_ratios"],
        values.get("offset", 0.5),  # the class's default
        text,
        strides,
        written_strides=None if written is None else mmdetection.read_strides(written),
        lazy=True,
    )


def _known(call: Call) -> dict[str, Any]:
    wanted = ("sizes", "aspect_ratios", "strides", "offset")
    # Others, like type or an unknown extra, do not change the anchors.
    return {name: node for name, node in call.keywords.items() if name in wanted}


def _mmdetection(python: PythonText, call: Call, text: str, strides: tuple[int, ...]) -> Pasted:
    nodes = dict(zip(_MMDET_ORDER, call.arguments, strict=False)) | call.keywords
    wanted = {*_MMDET_ORDER, *_MMDET_ONLY, "scales_per_octave", "centers", "center_offset"}
    values = {name: python.literal(name, node) for name, node in nodes.items() if name in wanted}
    return mmdetection.read(values, text, strides)
