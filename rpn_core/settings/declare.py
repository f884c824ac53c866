"""How a setting is declared: once, as the field of a slice; all else about it follows from that.

    nms_thresh: float = number(0.7, 0, 1, step=0.01, unit=..., key="nms", label=..., reason=...)

From a declaration follow its validation (`check`), its spelling in a link (`url`), its place in a
settings file (`file`), its control on the page, what a stage's result is kept by (`in_force`), its
row in the documentation (`table`) and its tests. Its name is qualified by the slice
(`nms.nms_thresh`), so that two slices may each have a `score_thresh`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, replace
from typing import Any, Literal, TypeVar

from rpn_core.messages import Message

Value = TypeVar("Value")
Slice = TypeVar("Slice")
Form = Literal["slider", "field"]

_DECLARATION = "setting"


@dataclass(frozen=True, slots=True)
class When:
    """A setting applies only while another one of its slice has one of these values."""

    field: str
    values: tuple[object, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What all kinds of settings have.

    Attributes:
        label: what a person sees beside its control, and in every sentence about it.
        reason: one or more sentences for the tooltip: what it does, and why it is there.
        key: its name in a link.
        when: while it decides nothing its control is not drawn, and no result depends on it.
        optional_in_files: files from before it existed lack it, and mean its default.
        along: its slice before, its new value -> what moves with it when a person moves it.
    """

    label: Message
    reason: Message
    key: str
    when: When | None = None
    optional_in_files: bool = False
    along: Callable[[Any, Any], dict[str, Any]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Number(Setting):
    """A number from `low` to `high`, both inclusive and in `unit`.

    Attributes:
        step: of its control.
        whole: whether it is a whole number.
        form: of its control, a slider over the whole range or a field to type in.
        decimals: shown in a field; None shows as many as there are.
    """

    low: float
    high: float
    step: float
    unit: Message
    whole: bool = False
    form: Form = "field"
    decimals: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NumbersPerLevel(Number):
    """For each level of the model a list of numbers, possibly empty; low and high are of each.

    Attributes:
        shared: a link writes it once where all levels have the same.
    """

    shared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapesPerLevel(Setting):
    """For each level of the model a list of (width, height), possibly empty; or () for none at all.

    Attributes:
        low, high: of sqrt(width * height), in `unit`.
        least_ratio, most_ratio: of height / width.
        unit: of width, height and size.
    """

    low: float
    high: float
    least_ratio: float
    most_ratio: float
    unit: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(Setting):
    """One of some values, each with the words that a person sees.

    Attributes:
        look: of its control.
    """

    options: Mapping[str, Message]
    look: Literal["list", "radio", "segmented"] = "list"


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch(Setting):
    """True or false."""


@dataclass(frozen=True, slots=True)
class Declared:
    """One setting with its place.

    Attributes:
        slice: name of its slice in `Settings`.
        field: its name there.
        default: its value unless another is given.
        setting: the declaration.
    """

    slice: str
    field: str
    default: Any
    setting: Setting

    @property
    def name(self) -> str:
        """Qualified by the slice."""
        return f"{self.slice}.{self.field}"

    def value(self, settings: object) -> Any:
        """Its value in a whole that has the slice."""
        return getattr(getattr(settings, self.slice), self.field)


# ---- declaring -------------------------------------------------------------------------------
# Each function declares a field and gives its default. To a type checker the default is all there
# is, as with `dataclasses.field`.


def number(default: Value, low: float, high: float, **rest: Any) -> Value:
    """Declare a number; it is whole if its default is."""
    whole = isinstance(default, int)
    return _declared(default, Number(low=low, high=high, whole=whole, **rest))


def numbers_per_level(default: Value, low: float, high: float, **rest: Any) -> Value:
    """Declare a list of numbers for each level."""
    return _declared(default, NumbersPerLevel(low=low, high=high, **rest))


def shapes_per_level(default: Value, **rest: Any) -> Value:
    """Declare a list of widths and heights for each level."""
    return _declared(default, ShapesPerLevel(**rest))


def choice(default: Value, **rest: Any) -> Value:
    """Declare a choice."""
    return _declared(default, Choice(**rest))


def switch(default: Value, **rest: Any) -> Value:
    """Declare a switch."""
    return _declared(default, Switch(**rest))


def _declared(default: Value, setting: Setting) -> Value:
    made: Any = field(default=default, metadata={_DECLARATION: setting})
    return made  # type: ignore[no-any-return]


# ---- reading what was declared ---------------------------------------------------------------


def settings_of(slice_: object) -> Iterator[tuple[str, Setting]]:
    """(field, declaration) of each setting of a slice, or of its type."""
    for entry in fields(slice_):  # type: ignore[arg-type]
        yield entry.name, entry.metadata[_DECLARATION]


def declared(whole: type) -> tuple[Declared, ...]:
    """Every setting of a dataclass of slices, in order."""
    return tuple(
        Declared(part.name, name, _default_of(part, name), setting)
        for part in fields(whole)
        for name, setting in settings_of(part.default_factory)
    )


def _default_of(part: Field[Any], name: str) -> object:
    assert part.default_factory is not MISSING
    return getattr(part.default_factory(), name)


def applies(setting: Setting, slice_: object) -> bool:
    """Whether a setting decides anything, as the rest of its slice stands."""
    when = setting.when
    return when is None or getattr(slice_, when.field) in when.values


def in_force(slice_: Slice, without: tuple[str, ...] = ()) -> Slice:
    """The slice with everything that decides nothing at its default.

    Two slices that are equal then give equal results: it is what results are kept by.

    Args:
        without: fields that whoever asks does not read.
    """
    defaults: Any = type(slice_)()
    idle = {
        name: getattr(defaults, name)
        for name, setting in settings_of(slice_)
        if name in without or not applies(setting, slice_)
    }
    return replace(slice_, **idle)  # type: ignore[type-var]
