"""YOLO's lists as people have them: lines of numbers, yaml, arrays, and what k-means prints.

A list belongs to the stride that stands before it or in its comment (`P3/8: ...`, `# P3/8`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from rpn_core.errors import UserError
from rpn_core.frameworks.listed import WrittenList, read_lists
from rpn_core.frameworks.pasted import MAX_WRITTEN, Draft, Pasted, is_number, shown
from rpn_core.frameworks.yaml_text import Mapping, comments
from rpn_core.frameworks.yolo import LIST, YAML

_LEVEL = re.compile(
    r"\bP(?P<p>\d)\b(\s*/\s*(?P<ps>\d{1,4})\b)?|\bstride\s*[:=]?\s*(?P<s>\d{1,4})\b", re.IGNORECASE
)
_LABEL = re.compile(
    r"\s*(?:-\s+)?(?:(?P<level>P\d(?:\s*/\s*\d+)?|stride\s+\d+)\s*[:=]?"
    r"|[\w. ]*(?:anchors?|anchor_list|boxes)\s*[:=]|(?P<only>\d{1,4})\s*:)?\s*",
    re.IGNORECASE | re.ASCII,
)
_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?", re.IGNORECASE | re.ASCII)
# What programs print beside their anchors.
_PRINTED = re.compile(
    r"\s*(cuda|avg|average|mean|accuracy|ratios?|iou|saving|loaded|read |num_of_clusters|"
    r"calculating|iterations?|best possible|\w*(autoanchor|k-?means))",
    re.IGNORECASE,
)
_LAST_LIST = re.compile(r":\s*((?:[\d.]+\s*,\s*[\d.]+[\s,]*){2,})$")


def stride_of(label: str) -> float | None:
    """The stride that a label names.

    >>> stride_of("P3/8"), stride_of("P4"), stride_of(" stride 32, large"), stride_of("small")
    (8.0, 16.0, 32.0, None)
    """
    match = _LEVEL.search(label)
    if match is None:
        return None
    if match["s"] or match["ps"]:
        return float(match["s"] or match["ps"]) or None
    return float(2 ** int(match["p"]))


# ---- lines of numbers ------------------------------------------------------------------------


@dataclass(slots=True)
class _Item:
    """Numbers, or lists in brackets, as they stand in a text.

    Attributes:
        parts: what is in the brackets; a number for a number.
        line: where it ends.
    """

    parts: list[Any] = field(default_factory=list)
    line: int = 0

    def flat(self) -> list[float]:
        numbers, ahead = list[float](), list(reversed(self.parts))
        while ahead:
            part = ahead.pop()
            if isinstance(part, _Item):
                ahead += reversed(part.parts)
            else:
                numbers.append(part)
        return numbers


def read_list(text: str, strides: tuple[int, ...]) -> Pasted | None:
    """Read a text that is nothing but numbers, with labels and what k-means prints around them.

    Returns:
        None where there is more in it.
    Raises:
        UserError: the numbers are no pairs, or belong to no level of the model.
    """
    root, labels = _Item(), dict[int, float]()
    open_, heads_others = [root], False
    for at, line in enumerate(text.splitlines()):
        body, _, comment = line.partition("#")
        if _PRINTED.match(body):
            heads_others = body.rstrip().endswith(":")
            last = _LAST_LIST.search(body)
            body = last[1] if last else ""
        elif re.match(r"\s*\w*(anchors|boxes)\w*\s*[:=]", body, re.IGNORECASE):
            heads_others = False
        elif heads_others:  # `Ratios:` on a line before its numbers
            continue
        label = _LABEL.match(body)
        stride = stride_of(comment)
        if label and body.strip():
            stride = stride_of(label["level"] or "") or float(label["only"] or 0) or stride
            body = body[label.end() :]
        if stride:
            labels[at] = stride
        body = re.sub(r"(?<=\d)\s*[x×]\s*(?=\d)", ",", body)
        if re.sub(r"[\s,;()\[\]]", "", _NUMBER.sub("", body)):
            return None
        for token in re.findall(rf"{_NUMBER.pattern}|[()\[\]]", body, _NUMBER.flags):
            if token in "([":
                inner = _Item()
                open_[-1].parts.append(inner)
                open_.append(inner)
            elif token in ")]":
                if len(open_) == 1:
                    return None
                open_.pop().line = at
            else:
                number = _Item([float(token)], at)
                open_[-1].parts.append(number)
    if len(root.flat()) < 2 or len(open_) > 1:
        return None
    return read_lists(Draft(), LIST, _lists(root, labels), strides)


def _lists(root: _Item, labels: dict[int, float]) -> list[WrittenList]:
    """The lists of the levels; one list for all where nothing parts the numbers."""
    items, bracketed = root.parts, False
    while len(items) == 1 and isinstance(items[0].parts[0] if items[0].parts else 0, _Item):
        items, bracketed = items[0].parts, True
    by_line = dict[int, list[float]]()
    for item in items:
        by_line.setdefault(item.line, []).extend(item.flat())
    if any(line in labels for line in by_line):
        return [WrittenList(numbers, labels.get(line)) for line, numbers in by_line.items()]
    each = [item.flat() for item in items]
    if any(len(numbers) > 2 for numbers in each) and all(len(numbers) > 1 for numbers in each):
        return [WrittenList(numbers) for numbers in each]
    one_pair_a_line = all(len(numbers) == 2 for numbers in by_line.values())
    if not bracketed and len(by_line) > 1 and not one_pair_a_line:
        return [WrittenList(numbers) for numbers in by_line.values()]
    return [WrittenList(root.flat())]


# ---- yaml and Python -------------------------------------------------------------------------


def read_yaml(mapping: Mapping, text: str, strides: tuple[int, ...]) -> Pasted:
    """Read `anchors` of a yaml file: one list a level, or a mapping of levels to lists.

    Raises:
        UserError: it is a number (YOLOv5 then lays its own), or no lists of pairs.
    """
    anchors = mapping.values["anchors"]
    if isinstance(anchors, str):
        found = read_list(anchors, strides)
        if found is not None:
            return found
    labels = list[float | None]()
    if isinstance(anchors, list):
        labels = [stride_of(comment) for comment in comments(text, mapping.nodes["anchors"])]
    written = mapping.values.get("strides", mapping.values.get("stride"))
    masks = next(
        (mapping.values[key] for key in ("anchor_masks", "masks", "mask") if key in mapping.values),
        None,
    )
    return read_nested(anchors, strides, YAML, labels=labels, written=written, masks=masks)


def read_nested(
    anchors: Any,
    strides: tuple[int, ...],
    framework: str,
    *,
    labels: Sequence[float | None] = (),
    written: Any = None,
    masks: Any = None,
) -> Pasted:
    """Read lists that are lists already.

    Args:
        labels: strides as the comments beside the lists tell them.
        written: the text's own list of strides, in the order of the lists.
        masks: for each level, the numbers of its pairs among all.
    Raises:
        UserError: they are no lists of pairs.
    """
    if is_number(anchors):
        raise UserError(
            "anchors is {number}: YOLOv5 then finds that many anchors a level itself, so there is "
            "nothing to read. Paste the lists of w,h that it printed.",
            number=shown(anchors),
        )
    if isinstance(anchors, dict):
        labels = [stride_of(key) or _number(key) for key in anchors]
        anchors = list(anchors.values())
    if not isinstance(anchors, list | tuple) or not 0 < len(anchors) <= MAX_WRITTEN:
        raise UserError(
            "anchors is {value}, but it must be one list of w,h per level, like {example}.",
            value=shown(anchors),
            example="[10,13, 16,30, 33,23]",
        )
    draft = Draft()
    lists = list(_levels(anchors, named=any(label is not None for label in labels)))
    if masks is not None:
        lists = _masked(lists, masks)
        labels = ()
    if isinstance(written, list | tuple) and len(written) == len(lists) > 1:
        labels = [_number(stride) for stride in written]
    if len(labels) != len(lists):
        labels = [None] * len(lists)
    return read_lists(
        draft,
        framework,
        [WrittenList(numbers, stride) for numbers, stride in zip(lists, labels, strict=True)],
        strides,
    )


def _number(value: object) -> float | None:
    """A stride out of a key or an entry."""
    text = str(value)[:10]
    return float(text) or None if re.fullmatch(r"\d+(\.0)?", text, re.ASCII) else None


def _levels(anchors: Sequence[Any], *, named: bool) -> Iterator[list[Any]]:
    """The numbers of each level: `[[10,13, 16,30], ...]`, or `[[[10,13], [16,30]], ...]`.

    Args:
        named: each entry has a level of its own, even where it is a single pair.
    """
    if not any(isinstance(level, list | tuple) for level in anchors):
        yield list(anchors)
        return
    if not named and all(_is_pair(pair) for pair in anchors):
        yield [side for pair in anchors for side in pair]
        return
    for level in anchors:
        if not isinstance(level, list | tuple) or len(level) > MAX_WRITTEN:
            raise UserError("anchors has {value} where a list of w,h belongs.", value=shown(level))
        pairs = all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in level)
        yield [side for pair in level for side in pair] if pairs else list(level)


def _is_pair(value: object) -> bool:
    return isinstance(value, list | tuple) and len(value) == 2 and all(map(is_number, value))


def _masked(lists: Sequence[list[Any]], masks: Any) -> list[list[Any]]:
    numbers = [number for each in lists for number in each]
    wanted = masks if isinstance(masks, list | tuple) else ()
    return [masked(numbers, mask) for mask in wanted] or list(lists)


def masked(numbers: Sequence[Any], mask: Any) -> list[Any]:
    """The pairs that a mask picks, by their number from 0.

    Raises:
        UserError: it picks one that there is not.
    """
    count = len(numbers) // 2
    picks = mask if isinstance(mask, list | tuple) else [mask]
    if not all(isinstance(pick, int) and 0 <= pick < count for pick in picks):
        raise UserError(
            "mask is {mask}, but the numbers of the anchors go from 0 to {last}.",
            mask=shown(mask),
            last=count - 1,
        )
    return [side for pick in picks for side in numbers[2 * pick : 2 * pick + 2]]
