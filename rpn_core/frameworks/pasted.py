"""What reading a pasted configuration gives, and the mending that all frameworks share."""

from __future__ import annotations

import math
import re
import reprlib
from dataclasses import dataclass, field

from rpn_core.errors import UserError
from rpn_core.frameworks.exported import Levels, strides_text, tuple_of, tuple_of_tuples
from rpn_core.query_keys import spell
from rpn_core.settings import CONTROLS, MAX_LEVELS, AnchorConvention, AnchorSettings

_W_OVER_H = re.compile(r"\bw(idth)?\s*(/|:|-?\s*(to|over|by)\s*-?)\s*h(eight)?\b", re.IGNORECASE)
_H_OVER_W = re.compile(r"\bh(eight)?\s*(/|:|-?\s*(to|over|by)\s*-?)\s*w(idth)?\b", re.IGNORECASE)

MAX_WRITTEN = 100  # numbers in one list; more is no anchor configuration


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about a pasted text.

    Attributes:
        sentence: what stands there and what it means.
        mended: the text would fail or mean something else, and the settings have it put right;
            False for a remark.
    """

    sentence: str
    mended: bool


@dataclass(frozen=True, slots=True)
class Pasted:
    """A configuration that was read.

    Attributes:
        framework: key of the framework, as in `table.FRAMEWORKS`.
        settings: the anchors that it means for this model, with every finding put right.
        findings: what was wrong or remarkable, in the order of the text.
        corrected: the text as it should be; empty when nothing had to be mended.
    """

    framework: str
    settings: AnchorSettings
    findings: tuple[Finding, ...]
    corrected: str


@dataclass(slots=True)
class Draft:
    """The numbers of a text on their way to settings.

    Attributes:
        sizes, ratios: one list a level, as far as they are known.
        findings: grows with each step.
    """

    sizes: list[list[object]] = field(default_factory=list)
    ratios: list[list[object]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def mend(self, sentence: str) -> None:
        self.findings.append(Finding(sentence, True))

    def remark(self, sentence: str) -> None:
        self.findings.append(Finding(sentence, False))


def shown(value: object) -> str:
    """A value of the text, short enough for a sentence; safe for values nested without end."""
    brief = reprlib.Repr()
    brief.maxlevel, brief.maxtuple, brief.maxlist, brief.maxother = 3, 8, 8, 40
    brief.maxstring = 40
    return brief.repr(value)


def is_number(value: object) -> bool:
    """A finite int or float, and no bool."""
    # The comparison refuses NaN and integers too large for a float.
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300


def nested(draft: Draft, name: str, value: object) -> tuple[list[list[object]], bool]:
    """One list a level out of what was written.

    Args:
        name: for sentences, as the framework calls it.
    Returns:
        the lists, and whether the text has one flat list of numbers, which frameworks read
        differently: it is then the only level.
    Raises:
        UserError: no list, or an empty one.
    """
    if is_number(value):
        draft.mend(
            f"{name} is the plain number {shown(value)}, but it must be one list per level: "
            f"(({shown(value)},),)."
        )
        return [[value]], False
    if not isinstance(value, list | tuple):
        raise UserError(
            "{name} is {value}, but it must be one list of numbers per level, like ((32,), (64,)).",
            name=name,
            value=shown(value),
        )
    if not value:
        raise UserError(
            "{name} is empty: write one list of numbers per level, like ((32,),).",
            name=name,
        )
    if len(value) > MAX_WRITTEN:
        raise UserError(
            "{name} has {count} entries, but a model has at most {max_levels} levels: "
            "paste the anchor configuration alone.",
            name=name,
            count=len(value),
            max_levels=MAX_LEVELS,
        )
    if not any(isinstance(level, list | tuple) for level in value):
        return [list(value)], True
    levels = []
    for level in value:
        if not isinstance(level, list | tuple):
            draft.mend(
                f"{name} has {shown(level)} where a list belongs: ({shown(level)}) is a number in "
                f"Python, ({shown(level)},) a tuple."
            )
            levels.append([level])
        elif any(isinstance(inner, list | tuple) for inner in level):
            draft.mend(f"{name} is nested once too deep: {shown(level)}.")
            levels.append(
                [
                    number
                    for inner in level[:MAX_WRITTEN]
                    for number in (inner if isinstance(inner, list | tuple) else [inner])
                ]
            )
        else:
            levels.append(list(level))
    return levels, False


def valid_numbers(draft: Draft, field_: str, name: str, levels: list[list[object]]) -> Levels:
    """Only what the app can lay, and a sentence on each number that it cannot.

    Args:
        field_: `sizes` or `aspect_ratios`, whose range holds.
        name: for sentences, as the framework calls it.
    Raises:
        UserError: no number is left.
    """
    kept = tuple(_usable(draft, field_, name, level) for level in levels)
    if not any(kept):
        why = f": {draft.findings[-1].sentence}" if draft.findings else ", it is empty."
        raise UserError(
            "{name} has no usable number{why}",
            name=name,
            why=why,
        )
    for level in kept:
        if list(level) != sorted(level):
            draft.remark(
                f"{name} {tuple_of(level)} is not in ascending order. That is no mistake, but the "
                "channels of a trained head follow the order."
            )
    return kept


def _usable(draft: Draft, field_: str, name: str, level: list[object]) -> tuple[float, ...]:
    """The numbers of a level that are within the range, each once."""
    control = CONTROLS[field_]
    numbers = dict[float, None]()
    for number in level:
        if not is_number(number) or not isinstance(number, int | float):
            draft.mend(f"{name} has {shown(number)}, which is no number: it is left out.")
        elif not control.low <= number <= control.high:
            draft.mend(f"{name} has {number:.6g}, which {_why(field_, number)}: it is left out.")
        elif number in numbers:
            draft.mend(f"{name} has {number:.6g} twice on one level: it is laid once.")
        else:
            numbers[number] = None
    return tuple(numbers)


def _why(field_: str, number: float) -> str:
    control = CONTROLS[field_]
    if number <= 0:
        return "must be greater than 0"
    if field_ == "sizes" and number < control.low:
        return (
            f"is an anchor of {number:.3g} px. Sizes are pixels of the network input, not shares "
            "of the image or of the stride"
        )
    return f"must be from {control.low:g} to {control.high:g} ({control.unit})"


def says_w_over_h(text: str) -> bool:
    """Whether a text calls its ratios width / height, and nowhere height / width.

    >>> says_w_over_h("ratios = [3]  # w/h"), says_w_over_h("h/w, not w/h"), says_w_over_h("")
    (True, False, False)
    """
    return bool(_W_OVER_H.search(text)) and not _H_OVER_W.search(text)


def inverted(draft: Draft, who: str, ratios: Levels) -> Levels:
    """Ratios that a text calls w/h, as h/w."""
    turned = tuple(tuple(sorted(_tidy(1 / ratio) for ratio in level)) for level in ratios)
    draft.mend(
        f"The text calls its ratios w/h, but {who} reads them as h/w: {tuple_of(ratios[0])} as h/w "
        f"is {tuple_of(turned[0])}."
    )
    return turned


def _tidy(number: float) -> float:
    """Without the dust of a division: 0.3333333333333333 stays 0.3333."""
    return float(f"{number:.4g}")


def fit_levels(
    draft: Draft,
    sizes: Levels,
    strides: tuple[int, ...],
    *,
    written_strides: tuple[float, ...] | None = None,
    what: str = "sizes",
) -> Levels:
    """One list of sizes for each level of the model.

    Sizes that belong to strides of their own go to the model's level of the same stride; else
    levels are matched in order.
    """
    count, levels = len(sizes), len(strides)
    if written_strides is not None and set(written_strides) != set(strides) and levels > 1:
        return _by_stride(draft, sizes, written_strides, strides)
    if count == levels:
        return sizes
    has = f"the model has {_levels(levels)} ({strides_text(strides)})"
    if levels == 1:
        joined = (tuple(sorted({size for level in sizes for size in level})),)
        draft.mend(
            f"You gave {_many(sizes, what)}, {has}: all belong in one list, "
            f"{tuple_of_tuples(joined)}."
        )
        return joined
    if count == 1 and len(sizes[0]) % levels == 0:
        per = len(sizes[0]) // levels
        split = tuple(sizes[0][i * per : (i + 1) * per] for i in range(levels))
        draft.mend(
            f"{what} is nested wrongly: {tuple_of_tuples(sizes)} is one level with {len(sizes[0])} "
            f"sizes, but {has}: write {tuple_of_tuples(split)}."
        )
        return split
    if count == 1:
        draft.mend(
            f"You gave {what} for 1 level, {has}: {tuple_of(sizes[0])} is repeated on each level."
        )
        return sizes * levels
    if count > levels:
        lost = ", ".join(spell(size) for level in sizes[levels:] for size in level)
        draft.mend(f"You gave {_many(sizes, what)}, {has}: the last ({lost}) must go.")
        return sizes[:levels]
    fitted = list(sizes)
    while len(fitted) < levels:
        factor = strides[len(fitted)] / strides[len(fitted) - 1]
        fitted.append(_in_step(fitted[-1], factor))
    added = tuple_of_tuples(tuple(fitted[count:]))
    draft.mend(f"You gave {_many(sizes, what)}, {has}: {added} is added, in step with the stride.")
    return tuple(fitted)


def _by_stride(
    draft: Draft, sizes: Levels, written: tuple[float, ...], strides: tuple[int, ...]
) -> Levels:
    fitted = []
    for stride in strides:
        nearest = min(range(len(written)), key=lambda i: abs(math.log2(written[i] / stride)))
        factor = stride / written[nearest]
        fitted.append(_in_step(sizes[nearest], factor))
    gone = [spell(stride) for stride in written if stride not in strides]
    new = [str(stride) for stride in strides if stride not in written]
    parts = [
        *([f"stride {', '.join(gone)} is left out"] if gone else []),
        *([f"stride {', '.join(new)} gets the sizes of its neighbour in step"] if new else []),
    ]
    draft.mend(
        f"The text is for {_levels(len(written))} (strides {', '.join(map(spell, written))}), the "
        f"model has {_levels(len(strides))} ({strides_text(strides)}): {' and '.join(parts)}."
    )
    return tuple(fitted)


def fit_ratios(
    draft: Draft, ratios: Levels, levels: int, sizes_written: int, *, shared: bool
) -> Levels:
    """One list of ratios for each level of the model.

    Args:
        sizes_written: how many levels the text has sizes for.
        shared: the framework lays one list on all levels.
    """
    if len(ratios) == levels and len(ratios) == sizes_written:
        return ratios
    if len(ratios) == 1:
        if not shared and sizes_written != 1:
            draft.mend(
                f"aspect_ratios is for 1 level, sizes for {sizes_written}: "
                f"{tuple_of(ratios[0])} belongs on each level."
            )
        return ratios * levels
    if len(ratios) != sizes_written:
        draft.mend(
            f"aspect_ratios is for {len(ratios)} levels, sizes for {sizes_written}, but both need "
            f"one list for each of the model's {_levels(levels)}."
        )
    return (ratios + ratios[-1:] * levels)[:levels]


def finished(
    draft: Draft,
    sizes: Levels,
    ratios: Levels,
    *,
    offset: float,
    convention: AnchorConvention,
) -> AnchorSettings:
    """The settings, after a look at the levels together.

    Raises:
        UserError: a level has more sizes or ratios than the app can lay.
    """
    firsts = [min(level) for level in sizes if level]
    if len(firsts) > 1 and firsts == sorted(set(firsts), reverse=True):
        draft.mend(
            "The finest level has the largest sizes: levels go from the smallest stride to the "
            "largest, so the order is turned round."
        )
        sizes, ratios = sizes[::-1], ratios[::-1]
    return AnchorSettings(sizes, ratios, offset=offset, convention=convention)


def _in_step(sizes: tuple[float, ...], factor: float) -> tuple[float, ...]:
    """Sizes of another level, within the range; two that meet at its end are one."""
    low, high = CONTROLS["sizes"].low, CONTROLS["sizes"].high
    return tuple(dict.fromkeys(min(high, max(low, size * factor)) for size in sizes))


def _levels(count: int) -> str:
    return f"{count} level{'' if count == 1 else 's'}"


def _many(sizes: Levels, what: str) -> str:
    """`6 sizes`, or `6 lists of sizes` where a level has several."""
    if all(len(level) == 1 for level in sizes):
        return f"{len(sizes)} {what}"
    return f"{len(sizes)} lists of {what}"
