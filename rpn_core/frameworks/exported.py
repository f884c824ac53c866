"""What an export is, and how its numbers are spelt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rpn_core.anchors.shapes import shape_counts
from rpn_core.messages import Message, in_english, msg
from rpn_core.settings import AnchorSettings
from rpn_core.settings.spelling import spell

Levels = tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Exported:
    """Anchors as the text of a framework.

    Attributes:
        text: what to paste, or to save under `file_name`; each warning is a comment at its top.
        file_name: with the framework's usual ending.
        language: for highlighting: python, yaml, json or text.
        warnings: what the framework does otherwise than the app, one sentence each.
    """

    text: str
    file_name: str
    language: str
    warnings: tuple[Message, ...]


def tuple_of(numbers: Iterable[float]) -> str:
    """A Python tuple, with the comma that makes one of a single number.

    >>> tuple_of((32,)), tuple_of((0.5, 1)), tuple_of(())
    ('(32,)', '(0.5, 1)', '()')
    """
    spelt = [spell(number) for number in numbers]
    return f"({spelt[0]},)" if len(spelt) == 1 else f"({', '.join(spelt)})"


def list_of(numbers: Iterable[float]) -> str:
    """A list, as Python, YAML and JSON write it.

    >>> list_of((32, 50.8))
    '[32, 50.8]'
    """
    return f"[{', '.join(spell(number) for number in numbers)}]"


def tuple_of_tuples(levels: Levels) -> str:
    """One tuple a level.

    >>> tuple_of_tuples(((32,), (64,))), tuple_of_tuples(((0.5, 1),))
    ('((32,), (64,))', '((0.5, 1),)')
    """
    if len(levels) > 1 and len(set(levels)) == 1:
        return f"({tuple_of(levels[0])},) * {len(levels)}"
    return f"({', '.join(map(tuple_of, levels))}{',' if len(levels) == 1 else ''})"


def list_of_lists(levels: Levels) -> str:
    """One list a level.

    >>> list_of_lists(((32,), (64,)))
    '[[32], [64]]'
    """
    return f"[{', '.join(map(list_of, levels))}]"


def scaled_sizes(settings: AnchorSettings) -> Levels:
    """The sizes with `size_factor` in them, pixels of the network input.

    >>> scaled_sizes(AnchorSettings(((32,),), ((1,),), size_factor=1.5))
    ((48.0,),)
    """
    if settings.size_factor == 1:
        return settings.sizes
    return tuple(tuple(size * settings.size_factor for size in level) for level in settings.sizes)


def lists_refused(settings: AnchorSettings, strides: tuple[int, ...], who: str) -> Message | None:
    """Why a generator that lays nothing but sizes x ratios cannot have these anchors, if so."""
    if not settings.shapes:
        return None
    listed = [stride for stride, shapes in zip(strides, settings.shapes, strict=True) if shapes]
    return msg(
        "No {who} can express these anchors: at stride {listed} they are a list of shapes, but it "
        "lays every size with every ratio. Take torchvision, mmdetection or YOLO, or give these "
        "levels sizes and ratios.",
        who=who,
        listed=listed,
    )


def size_factor_warning(settings: AnchorSettings) -> list[Message]:
    """Say that a factor has gone into the sizes, which frameworks have no setting for."""
    if settings.size_factor == 1:
        return []
    return [
        msg(
            "The size of all anchors, times {factor}, is in these sizes.",
            factor=spell(settings.size_factor),
        )
    ]


def uneven_warning(settings: AnchorSettings, who: str | Message) -> list[Message]:
    """Say that a framework's head wants the same number of anchors on each level."""
    counts = shape_counts(settings)
    if len(set(counts)) == 1:
        return []
    return [
        msg(
            "The levels have {counts} anchors a cell, but {who} needs the same number on every "
            "level.",
            counts=counts,
            who=who,
        )
    ]


def commented(lines: Iterable[str | Message], warnings: Sequence[Message]) -> str:
    """Comment lines, always in English: first what the numbers are, then each warning."""
    with in_english():
        notes = [f"Note: {warning}" for warning in warnings]
        return "".join(f"# {line}\n" for line in (*lines, *notes))


def strides_text(strides: Sequence[int]) -> str:
    """`strides 8, 16` or `stride 16`."""
    return f"stride{'s' if len(strides) > 1 else ''} {', '.join(map(str, strides))}"
