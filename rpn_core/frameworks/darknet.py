"""Darknet's cfg: [yolo] and [region] sections with all anchors, of which `mask` picks those in use.

A section's stride is that of its layer where the whole network is pasted, each layer's stride
multiplied; of sections alone it follows from the mask. Anchors of [region] count cells.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from rpn_core.errors import UserError
from rpn_core.frameworks.listed import CELL, WrittenList, read_lists
from rpn_core.frameworks.pasted import Draft, Pasted
from rpn_core.frameworks.yolo import LIST
from rpn_core.frameworks.yolo_text import masked
from rpn_core.messages import msg

_SECTION = re.compile(r"\[\s*([a-z]\w*)\s*\]", re.IGNORECASE | re.ASCII)
_ENTRY = re.compile(r"\s*(\w+)\s*=\s*(.*?)\s*", re.ASCII)
_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?", re.IGNORECASE | re.ASCII)
_DOWN = {"convolutional", "maxpool", "avgpool", "local_avgpool", "reorg", "reorg3d"}
# Of so many heads; YOLO's third is a finer level, its fourth a coarser one.
_STRIDES = {1: (32,), 2: (16, 32), 3: (8, 16, 32), 4: (8, 16, 32, 64)}


@dataclass(slots=True)
class _Section:
    name: str
    entries: dict[str, str] = field(default_factory=dict)


def read_cfg(text: str, strides: tuple[int, ...]) -> Pasted | None:
    """Read the anchors of a cfg, or of a few of its sections.

    Returns:
        None where the text is none.
    Raises:
        UserError: a mask picks anchors that there are not, or none can be laid.
    """
    sections = _sections(text)
    heads = [section for section in sections if "anchors" in section.entries]
    if not heads or (
        not any(h.name for h in heads) and not any("mask" in h.entries for h in heads)
    ):
        return None
    draft = Draft()
    scales = _scales(sections)
    of_network = [scales[i] for i, section in enumerate(sections) if section in heads]
    whole = "convolutional" in {section.name for section in sections}
    in_cells = any(section.name == "region" for section in heads)
    lists = []
    for section, scale in zip(heads, of_network, strict=True):
        numbers = _numbers(section, "anchors")
        mask = _numbers(section, "mask") if "mask" in section.entries else None
        picked = numbers if mask is None else masked(numbers, mask)
        stride = (
            _stride(scale) if whole else None if mask is None else _by_mask(len(numbers) // 2, mask)
        )
        lists.append(WrittenList(picked, CELL if in_cells and not whole else stride))
    known = any(each.stride is not None for each in lists)
    if known and not whole and not in_cells and len(strides) > 1:
        draft.remark(
            msg(
                "The masks tell the order of the levels, but not their strides: they are taken "
                "for stride {strides}, as YOLO's.",
                strides=sorted({int(each.stride) for each in lists if each.stride}),
            )
        )
    size = next((_side(section) for section in sections if section.name == "net"), None)
    if size:
        draft.remark(
            msg(
                "The network's input is {size} px, and these anchors are in its pixels: with "
                "another input they have to be scaled.",
                size=size,
            )
        )
    return read_lists(draft, LIST, lists, strides, in_cells=in_cells)


def _sections(text: str) -> list[_Section]:
    sections = [_Section("")]
    for line in text.splitlines():
        line = re.split("[#;]", line, maxsplit=1)[0].strip()
        if named := _SECTION.fullmatch(line):
            sections.append(_Section(named[1].lower()))
        elif entry := _ENTRY.fullmatch(line):
            if "mask" in sections[-1].entries and entry[1] == "mask" and not sections[-1].name:
                sections.append(_Section(""))  # lines of several sections without their names
            sections[-1].entries[entry[1]] = entry[2]
    return [section for section in sections if section.name or section.entries]


def _numbers(section: _Section, key: str) -> list[float]:
    written = section.entries[key]
    words = re.split(r"[\s,]+", written.strip(" ,"))
    if not all(len(word) < 30 and _NUMBER.fullmatch(word) for word in words):
        raise UserError(
            "{key} is {value}, but it must be numbers with commas.", key=key, value=written[:60]
        )
    return [int(word) if word.isdecimal() else float(word) for word in words]


def _stride(scale: float) -> float | None:
    return scale if 1 <= scale <= 4096 else None


def _by_mask(count: int, mask: list[float]) -> float | None:
    """The stride of a section by the place of its mask among all anchors, which rise in size."""
    heads, over = divmod(count, len(mask))
    if over or heads not in _STRIDES or not mask:
        return None
    level = int(min(mask)) // len(mask)
    return _STRIDES[heads][level] if level < heads else None


def _scales(sections: list[_Section]) -> list[float]:
    """How much smaller than the input the map of each section is."""
    scales = list[float]()
    layers = list[float]()  # those that a route counts: all but [net]
    now = 1.0
    for section in sections:
        if section.name in _DOWN:
            now *= max(1, _whole(section, "stride", 1))
        elif section.name == "upsample":
            now /= max(1, _whole(section, "stride", 2))
        elif section.name == "route":
            to = _whole(section, "layers", -1)
            to = to if to >= 0 else len(layers) + to
            now = layers[to] if 0 <= to < len(layers) else now
        scales.append(now)
        if section.name not in ("", "net", "network"):
            layers.append(now)
    return scales


def _whole(section: _Section, key: str, default: int) -> int:
    match = re.match(r"-?\d{1,4}", section.entries.get(key, ""), re.ASCII)
    return int(match[0]) if match else default


def _side(section: _Section) -> str:
    width, height = _whole(section, "width", 0), _whole(section, "height", 0)
    return f"{width} x {height}" if width and height else ""
