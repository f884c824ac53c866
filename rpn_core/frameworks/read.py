"""Find out what a pasted text is, and read its anchors."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from rpn_core.errors import UserError
from rpn_core.frameworks import darknet, ours, retinanets, yolo_text
from rpn_core.frameworks.command_line import overrides
from rpn_core.frameworks.kinds import Text, read_parts
from rpn_core.frameworks.parts import Part, python_parts, yaml_parts
from rpn_core.frameworks.pasted import Pasted
from rpn_core.frameworks.python_text import dotted, parse_python
from rpn_core.frameworks.yaml_text import looks_like_yaml, mappings
from rpn_core.messages import msg

MAX_LENGTH = 20_000
_UNKNOWN = msg(
    "The text has no anchors that are known here: paste torchvision's AnchorGenerator(...), "
    "detectron2's ANCHOR_GENERATOR yaml or L(DefaultAnchorGenerator)(...), mmdetection's "
    "anchor_generator=dict(...), YOLO's anchors, or a settings file of this app."
)
_TENSORFLOW = re.compile(r"\b(multiscale|grid|ssd|first_stage)_anchor_generator\s*:?\s*\{")
_YAML_LIST = re.compile(r"^\s*anchors\s*:", re.MULTILINE)


def read_anchors(text: str, strides: tuple[int, ...]) -> Pasted:
    """Read a configuration of any framework in `table.FRAMEWORKS`.

    Nothing of the text is run. What is wrong with it is put right where its meaning is clear:
    each mending is a finding, and `corrected` is the text as it should be.

    Args:
        text: as pasted; of comments, those that say "w/h" or name a level are kept in mind.
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
    if retinanets.is_ini(text):
        return retinanets.read_ini(text, strides)
    cfg = darknet.read_cfg(text, strides)
    if cfg is not None:
        return cfg
    if not _YAML_LIST.search(text):
        lines = yolo_text.read_list(text, strides)
        if lines is not None:
            return lines
    refused, empty = list[UserError](), True
    if _TENSORFLOW.search(text):
        raise UserError(
            "This is a pipeline.config of TensorFlow's Object Detection API, which is not read "
            "here: write its anchors in another framework's words."
        )
    for read in _forms(text):
        try:
            parts = read(text)
        except UserError as error:
            # Names and values were found, so the text is a command line.
            refused.insert(0 if read is _command_line else len(refused), error)
            continue
        empty = empty and not parts
        pasted = read_parts(Text(text, strides, parts))
        if pasted is not None:
            return pasted
    if refused and empty:
        raise refused[0]
    raise UserError(_UNKNOWN)


def _is_our_json(text: str) -> bool:
    try:
        return "anchors" in json.loads(text)
    except (ValueError, RecursionError, TypeError):
        return False


def _forms(text: str) -> tuple[Callable[[str], list[Part]], ...]:
    """Readers of the languages that a text may be in, first that which it looks like."""
    if looks_like_yaml(text):
        return _yaml, _python, _command_line
    return _python, _command_line, _yaml


def _yaml(text: str) -> list[Part]:
    return yaml_parts(mappings(text))


def _python(text: str) -> list[Part]:
    return python_parts(parse_python(text))


def _command_line(text: str) -> list[Part]:
    found = overrides(text)
    return python_parts(dotted(found)) if found else []
