"""How a stage is declared: as a function whose parameters are all that its result depends on.

    @GRAPH.stage(label=msg("NMS"), without=("nms.post_nms_top_n",))
    def suppression(predictions: Predictions, selection: Selection, nms_settings: NmsSettings): ...

A parameter is, by its name, one of

    a stage or a source declared before it    `selection`
    a socket, into which a run plugs a stage  `predictions`
    a slice of the settings                   `nms_settings`
    one setting, named in `reads`             reads=("nms.post_nms_top_n",): `post_nms_top_n`
    something told                            who is told of progress: no result depends on it

From the declarations follow a plain run and a kept one (`run`), by what results are kept, the
times in the header, and which stages a setting touches. There is no place to forget an input: what
is not declared does not reach the function. The order of declaration is that of computation, so
there can be no circle.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from rpn_core.messages import Message
from rpn_core.settings.declare import in_force
from rpn_core.settings.whole import BY_NAME, Settings

Result = TypeVar("Result")
Made = TypeVar("Made", bound=Callable[..., Any])
_SLICE_SUFFIX = "_settings"
_SLICES = frozenset(entry.slice for entry in BY_NAME.values())


@dataclass(frozen=True, eq=False, slots=True)
class Source(Generic[Result]):
    """What a run begins with: a photo, a model, a data set.

    Attributes:
        name: of the parameter that takes it.
        key: what tells one value from another; None where whoever gives the value must say it.
    """

    name: str
    key: Callable[[Result], Hashable] | None


@dataclass(frozen=True, eq=False, slots=True)
class Socket(Generic[Result]):
    """A place that several stages can fill: a run connects one of them.

    Attributes:
        name: of the parameter that takes its result.
        default: the stage in it where a run connects no other.
    """

    name: str
    default: Stage[Result]


@dataclass(frozen=True, eq=False, slots=True)
class Told(Generic[Result]):
    """Something that a stage needs and no result depends on, such as who is told of progress."""

    name: str
    default: Result


@dataclass(frozen=True, slots=True)
class Reading:
    """What a stage reads of the settings: a slice or one setting.

    Attributes:
        slice: its name in `Settings`.
        field: of the one setting; "" for the slice.
        without: fields of the slice that the stage does not read.
    """

    slice: str
    field: str = ""
    without: tuple[str, ...] = ()

    def value(self, settings: Settings) -> Any:
        """What the stage gets; also the key of it. Of a slice, what is in force."""
        part = getattr(settings, self.slice)
        return getattr(part, self.field) if self.field else in_force(part, self.without)

    def settings(self) -> set[str]:
        """Qualified names of all settings in it."""
        if self.field:
            return {f"{self.slice}.{self.field}"}
        return {
            entry.name
            for entry in BY_NAME.values()
            if entry.slice == self.slice and entry.field not in self.without
        }


@dataclass(frozen=True, eq=False, slots=True)
class Stage(Generic[Result]):
    """One stage.

    Attributes:
        name: of the parameter that takes its result.
        function: makes the result.
        inputs: parameter -> the stage, socket or source before it.
        lazy: those of the inputs that the function calls for when it needs them.
        readings: parameter -> what it reads of the settings.
        told: parameter -> see `Told`.
        label: for people, in the header; None where the stage is not shown there.
        made_with: tells results apart that equal inputs can give (a run that had to do with less
            memory); part of the keys of all that comes after.
        seconds: how long it took, where that is not the time of the call.
        kept: whether a store keeps the result; not that of a stage that only puts together what
            is kept already.
    """

    name: str
    function: Callable[..., Result]
    inputs: dict[str, Node]
    lazy: frozenset[str]
    readings: dict[str, Reading]
    told: dict[str, Told[Any]]
    label: Message | None = None
    made_with: Callable[[Result], Hashable] | None = None
    seconds: Callable[[Result], float] | None = None
    kept: bool = True


Node = Stage[Any] | Source[Any] | Socket[Any]


@dataclass(eq=False)
class Graph:
    """Every stage by name, in the order of computation."""

    stages: dict[str, Stage[Any]] = field(default_factory=dict)
    sources: dict[str, Source[Any]] = field(default_factory=dict)
    sockets: dict[str, Socket[Any]] = field(default_factory=dict)
    _told: dict[str, Told[Any]] = field(default_factory=dict)

    def source(self, name: str, key: Callable[[Any], Hashable] | None = None) -> Source[Any]:
        """Declare what a run begins with."""
        self._refuse_twice(name)
        self.sources[name] = Source(name, key)
        return self.sources[name]

    def socket(self, name: str, default: Stage[Result]) -> Socket[Result]:
        """Declare a place that any stage with such a result can fill."""
        self._refuse_twice(name)
        self.sockets[name] = Socket(name, default)
        return self.sockets[name]

    def told(self, name: str, default: Result) -> Told[Result]:
        """Declare what a stage needs and no result depends on."""
        self._refuse_twice(name)
        self._told[name] = Told(name, default)
        return self._told[name]

    def stage(
        self,
        *,
        label: Message | None = None,
        reads: Sequence[str] = (),
        without: Sequence[str] = (),
        lazy: Sequence[str] = (),
        made_with: Callable[[Any], Hashable] | None = None,
        seconds: Callable[[Any], float] | None = None,
        kept: bool = True,
    ) -> Callable[[Callable[..., Result]], Stage[Result]]:
        """Declare the function below as a stage; see above and `Stage`.

        Args:
            reads: qualified names of single settings.
            without: qualified names of settings that are in a slice and are not read.
        Raises:
            TypeError: a parameter is nothing that was declared before, or something is said of a
                parameter or setting that is not there.
        """

        def declare(function: Callable[..., Result]) -> Stage[Result]:
            name = function.__name__
            self._refuse_twice(name)
            inputs, readings, told = {}, {}, {}
            for parameter in inspect.signature(function).parameters:
                if parameter in self._told:
                    told[parameter] = self._told[parameter]
                elif (node := self._node(parameter)) is not None:
                    inputs[parameter] = node
                else:
                    readings[parameter] = _reading(name, parameter, reads, without)
            _check(name, inputs, readings, reads, without, lazy)
            made = Stage(
                name, function, inputs, frozenset(lazy), readings, told, label, made_with, seconds,
                kept,
            )  # fmt: skip
            self.stages[name] = made
            return made

        return declare

    def before(self, stage: Stage[Any]) -> Iterator[Stage[Any]]:
        """The stages that a stage depends on, at once or by others; itself last.

        Of a socket, whatever might be in it counts by its default.
        """
        needed: set[str] = set()

        def visit(one: Stage[Any]) -> None:
            needed.add(one.name)
            for node in one.inputs.values():
                plugged = node.default if isinstance(node, Socket) else node
                if isinstance(plugged, Stage):
                    visit(plugged)

        visit(stage)
        return (one for name, one in self.stages.items() if name in needed)

    def settings_of(self, stage: Stage[Any]) -> set[str]:
        """Qualified names of all settings that a result can depend on."""
        return {
            name
            for one in self.before(stage)
            for reading in one.readings.values()
            for name in reading.settings()
        }

    def touched_by(self, setting: str) -> tuple[Stage[Any], ...]:
        """The stages whose results a setting can change, in order."""
        return tuple(one for one in self.stages.values() if setting in self.settings_of(one))

    def _refuse_twice(self, name: str) -> None:
        if self._node(name) is not None or name in self._told:
            raise TypeError(f"{name} is declared already")

    def _node(self, name: str) -> Node | None:
        return self.stages.get(name) or self.sources.get(name) or self.sockets.get(name)


def _reading(stage: str, parameter: str, reads: Sequence[str], without: Sequence[str]) -> Reading:
    for name in reads:
        slice_, _, field_ = name.partition(".")
        if field_ == parameter and name in BY_NAME:
            return Reading(slice_, field_)
    slice_ = parameter.removesuffix(_SLICE_SUFFIX)
    if slice_ == parameter or slice_ not in _SLICES:
        raise TypeError(f"{stage} takes {parameter}, but nothing of this name was declared")
    unread = tuple(name.partition(".")[2] for name in without if name.startswith(f"{slice_}."))
    return Reading(slice_, without=unread)


def _check(
    stage: str,
    inputs: dict[str, Any],
    readings: dict[str, Reading],
    reads: Sequence[str],
    without: Sequence[str],
    lazy: Sequence[str],
) -> None:
    """What is said beside the parameters must be about them."""
    fields = {f"{reading.slice}.{reading.field}" for reading in readings.values() if reading.field}
    slices = {reading.slice for reading in readings.values() if not reading.field}
    for name in reads:
        if name not in fields:
            raise TypeError(f"{stage} reads {name}, but has no parameter for it")
    for name in without:
        if name not in BY_NAME or name.partition(".")[0] not in slices:
            raise TypeError(f"{stage} leaves out {name}, but does not read its slice")
    for name in lazy:
        if name not in inputs:
            raise TypeError(f"{stage} calls for {name}, but has no such input")


GRAPH = Graph()
