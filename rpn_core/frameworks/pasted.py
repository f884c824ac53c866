"""What reading a pasted configuration gives, and the mending of lists that all frameworks share."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeGuard

from rpn_core.errors import UserError
from rpn_core.frameworks.exported import Exported, Levels, tuple_of
from rpn_core.messages import Message, msg, nmsg
from rpn_core.settings import MAX_LEVELS, AnchorSettings, number_of

_W_OVER_H = re.compile(r"\bw(idth)?\s*(/|:|-?\s*(to|over|by)\s*-?)\s*h(eight)?\b", re.IGNORECASE)
_H_OVER_W = re.compile(r"\bh(eight)?\s*(/|:|-?\s*(to|over|by)\s*-?)\s*w(idth)?\b", re.IGNORECASE)

MAX_WRITTEN = 100  # numbers in one list; more is no anchor configuration


@dataclass(frozen=True, slots=True)
class ConfigFinding:
    """One thing about a pasted text.

    Attributes:
        sentence: what stands there and what it means.
        mended: the text would fail or mean something else, and the settings have it put right.
        lost: the text is right, but means something that the app's anchors cannot: the settings
            have the rest. A finding that is neither is a remark.
    """

    sentence: Message
    mended: bool = False
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Pasted:
    """A configuration that was read.

    Attributes:
        framework: key of the framework, as in `table.FRAMEWORKS`, or the name of another whose
            texts are read but not written.
        settings: the anchors that it means for this model, with every finding put right.
        findings: what was wrong or remarkable, in the order of the text.
        corrected: the text as it should be; empty when nothing had to be mended, or what was read
            cannot be written.
    """

    framework: str
    settings: AnchorSettings
    findings: tuple[ConfigFinding, ...]
    corrected: str

    @property
    def mended(self) -> bool:
        """Whether something in the text had to be put right."""
        return any(finding.mended for finding in self.findings)


@dataclass(slots=True)
class Draft:
    """What is told of a text on its way to settings; grows with each step."""

    findings: list[ConfigFinding] = field(default_factory=list)

    def mend(self, sentence: Message) -> None:
        self.findings.append(ConfigFinding(sentence, mended=True))

    def lose(self, sentence: Message) -> None:
        self.findings.append(ConfigFinding(sentence, lost=True))

    def remark(self, sentence: Message) -> None:
        self.findings.append(ConfigFinding(sentence))

    def done(
        self,
        framework: str,
        settings: AnchorSettings,
        write: Callable[[AnchorSettings], Exported] | None,
    ) -> Pasted:
        """Everything together.

        Args:
            write: the settings in the words of the framework, where the app can write it.
        """
        pasted = Pasted(framework, settings, tuple(self.findings), "")
        if write is None or not pasted.mended:
            return pasted
        text = write(settings).text
        only_comments = all(line.startswith("#") for line in text.splitlines())
        return pasted if only_comments else replace(pasted, corrected=text)


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
    value = _without_brackets_too_many(draft, name, value)
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


def _without_brackets_too_many(
    draft: Draft, name: str, value: Sequence[object]
) -> Sequence[object]:
    """One list a level, where every list has one pair of brackets more than that."""
    written, dropped = value, 0
    while dropped < MAX_WRITTEN and _all_lists(value):
        if len(value) == 1 and _all_lists(value[0]):
            value = value[0]  # brackets around all levels
        elif all(_all_lists(level) and len(level) == 1 for level in value):
            value = [level[0] for level in value]  # around the list of each level
        else:
            break
        dropped += 1
    if dropped:
        draft.mend(
            nmsg(
                "{name} has {count} pair of brackets too many: {written} is read as {value}.",
                "{name} has {count} pairs of brackets too many: {written} is read as {value}.",
                count=dropped,
                name=name,
                written=shown(written),
                value=shown(value),
            )
        )
    return value


def _all_lists(value: Any) -> TypeGuard[Sequence[Any]]:
    return (
        isinstance(value, list | tuple)
        and bool(value)
        and all(isinstance(part, list | tuple) for part in value)
    )


def valid_numbers(
    draft: Draft, field_: str, name: str | Message, levels: list[list[object]]
) -> Levels:
    """Only what the app can lay, and a sentence on each number that it cannot.

    Args:
        field_: `sizes` or `aspect_ratios`, whose range holds.
        name: for sentences, as the framework calls it.
    Raises:
        UserError: a level has no number left; what belongs there nobody wrote.
    """
    if not any(levels):
        raise UserError("{name} has no usable number, it is empty.", name=name)
    kept = list[tuple[float, ...]]()
    for number, written in enumerate(levels, 1):
        kept.append(_usable(draft, field_, name, written))
        if written and not kept[-1]:
            raise UserError(
                "{name} has no usable number{where}: {finding}",
                name=name,
                where=msg(" for level {number}", number=number) if len(levels) > 1 else "",
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
    return tuple(kept)


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
