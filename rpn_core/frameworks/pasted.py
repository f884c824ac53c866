"""What reading a pasted configuration gives, and the mending that all frameworks share."""

from __future__ import annotations

import math
import re
import reprlib
from dataclasses import dataclass, field

from rpn_core.counts import count_levels
from rpn_core.errors import UserError
from rpn_core.frameworks.exported import Levels, tuple_of, tuple_of_tuples
from rpn_core.messages import Message, msg, nmsg
from rpn_core.settings import MAX_LEVELS, AnchorConvention, AnchorSettings, number_of
from rpn_core.settings.spelling import spell

_W_OVER_H = re.compile(r"\bw(idth)?\s*(/|:|-?\s*(to|over|by)\s*-?)\s*h(eight)?\b", re.IGNORECASE)
_H_OVER_W = re.compile(r"\bh(eight)?\s*(/|:|-?\s*(to|over|by)\s*-?)\s*w(idth)?\b", re.IGNORECASE)

MAX_WRITTEN = 100  # numbers in one list; more is no anchor configuration


@dataclass(frozen=True, slots=True)
class ConfigFinding:
    """One thing about a pasted text.

    Attributes:
        sentence: what stands there and what it means.
        mended: the text would fail or mean something else, and the settings have it put right;
            False for a remark.
    """

    sentence: Message
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
    findings: tuple[ConfigFinding, ...]
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
    findings: list[ConfigFinding] = field(default_factory=list)

    def mend(self, sentence: Message) -> None:
        self.findings.append(ConfigFinding(sentence, True))

    def remark(self, sentence: Message) -> None:
        self.findings.append(ConfigFinding(sentence, False))


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
            msg(
                "{name} is the plain number {number}, but it must be one list per level: "
                "(({number},),).",
                name=name,
                number=shown(value),
            )
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
            "{name} is empty: write one list of numbers per level, like ((32,),).", name=name
        )
    if len(value) > MAX_WRITTEN:
        raise UserError(
            "{name} has {entries} entries, but a model has at most {most} levels: paste the "
            "anchor configuration alone.",
            name=name,
            entries=len(value),
            most=MAX_LEVELS,
        )
    if not any(isinstance(level, list | tuple) for level in value):
        return [list(value)], True
    levels = []
    for level in value:
        if not isinstance(level, list | tuple):
            draft.mend(
                msg(
                    "{name} has {value} where a list belongs: ({value}) is a number in Python, "
                    "({value},) a tuple.",
                    name=name,
                    value=shown(level),
                )
            )
            levels.append([level])
        elif any(isinstance(inner, list | tuple) for inner in level):
            draft.mend(
                msg("{name} is nested once too deep: {value}.", name=name, value=shown(level))
            )
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


def valid_numbers(
    draft: Draft, field_: str, name: str | Message, levels: list[list[object]]
) -> Levels:
    """Only what the app can lay, and a sentence on each number that it cannot.

    Args:
        field_: `sizes` or `aspect_ratios`, whose range holds.
        name: for sentences, as the framework calls it.
    Raises:
        UserError: no number is left.
    """
    kept = tuple(_usable(draft, field_, name, level) for level in levels)
    if not any(kept) and not draft.findings:
        raise UserError("{name} has no usable number, it is empty.", name=name)
    if not any(kept):
        raise UserError(
            "{name} has no usable number: {finding}",
            name=name,
            finding=draft.findings[-1].sentence,
        )
    for level in kept:
        if list(level) != sorted(level):
            draft.remark(
                msg(
                    "{name} {numbers} is not in ascending order. That is no mistake, but the "
                    "channels of a trained head follow the order.",
                    name=name,
                    numbers=tuple_of(level),
                )
            )
    return kept


def _usable(
    draft: Draft, field_: str, name: str | Message, level: list[object]
) -> tuple[float, ...]:
    """The numbers of a level that are within the range, each once."""
    control = number_of(f"anchors.{field_}")
    numbers = dict[float, None]()
    for number in level:
        if not is_number(number) or not isinstance(number, int | float):
            draft.mend(
                msg(
                    "{name} has {value}, which is no number: it is left out.",
                    name=name,
                    value=shown(number),
                )
            )
        elif not control.low <= number <= control.high:
            draft.mend(_beyond_range(field_, name, number))
        elif number in numbers:
            draft.mend(
                msg(
                    "{name} has {number:.6g} twice on one level: it is laid once.",
                    name=name,
                    number=number,
                )
            )
        else:
            numbers[number] = None
    return tuple(numbers)


def _beyond_range(field_: str, name: str | Message, number: float) -> Message:
    control = number_of(f"anchors.{field_}")
    if number <= 0:
        return msg(
            "{name} has {number:.6g}, which must be greater than 0: it is left out.",
            name=name,
            number=number,
        )
    if field_ == "sizes" and number < control.low:
        return msg(
            "{name} has {number:.6g}, which is an anchor of {number:.3g} px. Sizes are pixels of "
            "the network input, not shares of the image or of the stride: it is left out.",
            name=name,
            number=number,
        )
    return msg(
        "{name} has {number:.6g}, which must be from {low:g} to {high:g} ({unit}): it is left out.",
        name=name,
        number=number,
        low=control.low,
        high=control.high,
        unit=control.unit,
    )


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
        msg(
            "The text calls its ratios w/h, but {framework} reads them as h/w: {written} as h/w is "
            "{turned}.",
            framework=who,
            written=tuple_of(ratios[0]),
            turned=tuple_of(turned[0]),
        )
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
    given, model = _lists(sizes), _levels(strides)
    if levels == 1:
        joined = (tuple(sorted({size for level in sizes for size in level})),)
        draft.mend(
            msg(
                "You gave {given}, the model has {model}: all belong in one list, {joined}.",
                given=given,
                model=model,
                joined=tuple_of_tuples(joined),
            )
        )
        return joined
    if count == 1 and len(sizes[0]) % levels == 0:
        per = len(sizes[0]) // levels
        split = tuple(sizes[0][i * per : (i + 1) * per] for i in range(levels))
        draft.mend(
            msg(
                "sizes is nested wrongly: {written} is one level with {number} sizes, but the "
                "model has {model}: write {split}.",
                written=tuple_of_tuples(sizes),
                number=len(sizes[0]),
                model=model,
                split=tuple_of_tuples(split),
            )
        )
        return split
    if count == 1:
        draft.mend(
            msg(
                "You gave sizes for 1 level, the model has {model}: {sizes} is repeated on each "
                "level.",
                model=model,
                sizes=tuple_of(sizes[0]),
            )
        )
        return sizes * levels
    if count > levels:
        draft.mend(
            msg(
                "You gave {given}, the model has {model}: the last ({lost}) must go.",
                given=given,
                model=model,
                lost=[spell(size) for level in sizes[levels:] for size in level],
            )
        )
        return sizes[:levels]
    fitted = list(sizes)
    while len(fitted) < levels:
        factor = strides[len(fitted)] / strides[len(fitted) - 1]
        fitted.append(_in_step(fitted[-1], factor))
    draft.mend(
        msg(
            "You gave {given}, the model has {model}: {added} is added, in step with the stride.",
            given=given,
            model=model,
            added=tuple_of_tuples(tuple(fitted[count:])),
        )
    )
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
    text, model = _levels(written), _levels(strides)
    if not new:
        draft.mend(
            msg(
                "The text is for {text}, the model has {model}: stride {gone} is left out.",
                text=text,
                model=model,
                gone=gone,
            )
        )
    elif not gone:
        draft.mend(
            msg(
                "The text is for {text}, the model has {model}: stride {new} gets the sizes of "
                "its neighbour in step.",
                text=text,
                model=model,
                new=new,
            )
        )
    else:
        draft.mend(
            msg(
                "The text is for {text}, the model has {model}: stride {gone} is left out and "
                "stride {new} gets the sizes of its neighbour in step.",
                text=text,
                model=model,
                gone=gone,
                new=new,
            )
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
                msg(
                    "aspect_ratios is for 1 level, sizes for {sizes}: {ratios} belongs on each "
                    "level.",
                    sizes=sizes_written,
                    ratios=tuple_of(ratios[0]),
                )
            )
        return ratios * levels
    if len(ratios) != sizes_written:
        draft.mend(
            nmsg(
                "aspect_ratios is for {ratios}, sizes for {sizes}, but both need one list for the "
                "model's level.",
                "aspect_ratios is for {ratios}, sizes for {sizes}, but both need one list for each "
                "of the model's {count} levels.",
                count=levels,
                ratios=count_levels(len(ratios)),
                sizes=sizes_written,
            )
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
            msg(
                "The finest level has the largest sizes: levels go from the smallest stride to "
                "the largest, so the order is turned round."
            )
        )
        sizes, ratios = sizes[::-1], ratios[::-1]
    return AnchorSettings(sizes, ratios, offset=offset, convention=convention)


def _in_step(sizes: tuple[float, ...], factor: float) -> tuple[float, ...]:
    """Sizes of another level, within the range; two that meet at its end are one."""
    low, high = number_of("anchors.sizes").low, number_of("anchors.sizes").high
    return tuple(dict.fromkeys(min(high, max(low, size * factor)) for size in sizes))


def _levels(strides: tuple[float, ...]) -> Message:
    return nmsg(
        "{count} level (stride {strides})",
        "{count} levels (strides {strides})",
        count=len(strides),
        strides=[spell(stride) for stride in strides],
    )


def _lists(sizes: Levels) -> Message:
    """`6 sizes`, or `6 lists of sizes` where a level has several."""
    if all(len(level) == 1 for level in sizes):
        return nmsg("{count} size", "{count} sizes", count=len(sizes))
    return nmsg("{count} list of sizes", "{count} lists of sizes", count=len(sizes))
