"""One run of the graph: results on demand, each computed once; with or without a store."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, TypeVar

from rpn_core.settings.whole import Settings
from rpn_core.stages.graph import GRAPH, Graph, Node, Socket, Source, Stage, Told
from rpn_core.stages.kept import KeptResults

Result = TypeVar("Result")
Leaves = dict[Hashable, Hashable]


@dataclass(frozen=True, eq=False, slots=True)
class StageRun:
    """One stage in one run: `seconds` are those of when it was computed."""

    stage: Stage[Any]
    seconds: float
    recomputed: bool


class Run:
    """Results for one photo, model or data set and one set of settings.

        run = Run(settings).give(model, rpn).give(photo, file)
        run.get(ledger)

    With a store, results are kept there under keys that are derived: of the sources, by their own
    keys; of the settings, by what the stage and those before it read of them. Without one,
    everything is computed in this run.

    Args:
        settings: of which each stage gets what it reads.
        store: where results are kept, or None.
        while_waiting: called now and then while another thread computes a stage for this run; what
            it raises ends the run.
    """

    def __init__(
        self,
        settings: Settings,
        store: KeptResults | None = None,
        *,
        while_waiting: Callable[[Stage[Any]], None] = lambda _: None,
        graph: Graph = GRAPH,
    ) -> None:
        self.settings = settings
        self.log: list[StageRun] = []
        self._store = store
        self._while_waiting = while_waiting
        self._graph = graph
        self._given: dict[str, tuple[Any, Hashable]] = {}
        self._told: dict[str, Any] = {}
        self._plugged: dict[str, Stage[Any]] = {}
        self._results: dict[str, Any] = {}
        self._leaves: dict[str, Leaves] = {}

    def give(self, source: Source[Result], value: Result, key: Hashable = None) -> Run:
        """Begin with this value.

        Args:
            key: what tells it from other values, where the source does not know that itself.
        """
        if source.key is not None:
            key = source.key(value)
        self._given[source.name] = (value, key)
        return self

    def connect(self, socket: Socket[Result], stage: Stage[Result]) -> Run:
        """Have this stage fill the socket. Before the first result: others depend on it."""
        self._plugged[socket.name] = stage
        return self

    def tell(self, told: Told[Result], value: Result) -> Run:
        """Use this instead of the default; no result depends on it."""
        self._told[told.name] = value
        return self

    def put(self, stage: Stage[Result], result: Result) -> Run:
        """Use a result that was made elsewhere from these very inputs."""
        self._results[stage.name] = result
        return self

    def offer(self, stage: Stage[Result], result: Result) -> None:
        """Keep a result that was made elsewhere from these very inputs, for later runs."""
        if self._store is not None:
            self._store.offer(self.key(stage), result)

    def get(self, node: Stage[Result] | Socket[Result]) -> Result:
        """The result of a stage; what it needs is computed or fetched first."""
        stage = self._filled(node)
        if stage.name not in self._results:
            self._results[stage.name] = self._work_out(stage)
        result: Result = self._results[stage.name]
        return result

    def forget(self, stage: Stage[Any]) -> None:
        """Drop a result and all that came after it, here; and it itself in the store."""
        if self._store is not None:
            self._store.forget(self.key(stage))
        for other in self._graph.stages.values():
            if self._comes_after(other, stage):
                self._results.pop(other.name, None)
                self._leaves.pop(other.name, None)

    def key(self, stage: Stage[Any]) -> Hashable:
        """By what the stage's result is kept."""
        return stage.name, tuple(self._leaves_of(stage).items())

    def _work_out(self, stage: Stage[Result]) -> Result:
        # Inputs first, so that a stage's own time is without theirs.
        for name, node in stage.inputs.items():
            if not isinstance(node, Source) and name not in stage.lazy:
                self.get(node)
        if self._store is None or not stage.kept:
            started = time.perf_counter()
            result = stage.function(**self._arguments(stage))
            seconds, computed = time.perf_counter() - started, True
        else:
            found = self._store.get(
                self.key(stage),
                lambda: stage.function(**self._arguments(stage)),
                lambda: self._while_waiting(stage),
            )
            result, seconds, computed = found.result, found.seconds, found.computed
        if stage.seconds is not None:
            seconds = stage.seconds(result)
        if stage.kept:  # else nothing was computed, only put together
            self.log.append(StageRun(stage, seconds, computed))
        return result

    def _arguments(self, stage: Stage[Any]) -> dict[str, Any]:
        given: dict[str, Any] = {}
        for name, node in stage.inputs.items():
            given[name] = self._later(node) if name in stage.lazy else self._value(node)
        for name, reading in stage.readings.items():
            given[name] = reading.value(self.settings)
        for name, told in stage.told.items():
            given[name] = self._told.get(name, told.default)
        return given

    def _later(self, node: Node) -> Callable[[], Any]:
        return lambda: self._value(node)

    def _value(self, node: Node) -> Any:
        if not isinstance(node, Source):
            return self.get(node)
        if node.name not in self._given:
            raise LookupError(f"the run was not given {node.name}")
        return self._given[node.name][0]

    def _leaves_of(self, stage: Stage[Any]) -> Leaves:
        """All that the result depends on: sources, settings, and how it came out before."""
        known = self._leaves.get(stage.name)
        if known is not None:
            return known
        leaves: Leaves = {}
        for node in stage.inputs.values():
            leaves |= self._leaves_after(node)
        for reading in stage.readings.values():
            leaves[reading] = reading.value(self.settings)
        self._leaves[stage.name] = leaves
        return leaves

    def _filled(self, node: Stage[Result] | Socket[Result]) -> Stage[Result]:
        """The stage itself, or the one in the socket."""
        return self._plugged.get(node.name, node.default) if isinstance(node, Socket) else node

    def _comes_after(self, later: Stage[Any], stage: Stage[Any]) -> bool:
        return later is stage or any(
            self._comes_after(self._filled(node), stage)
            for node in later.inputs.values()
            if not isinstance(node, Source)
        )

    def _leaves_after(self, node: Node) -> Leaves:
        if isinstance(node, Source):
            if node.name not in self._given:
                raise LookupError(f"the run was not given {node.name}")
            return {node.name: self._given[node.name][1]}
        stage = self._filled(node)
        leaves = self._leaves_of(stage)
        if stage is not node:  # equal leaves can lead to what differs: by which stage they did
            leaves = leaves | {("plugged", node.name): stage.name}
        if stage.made_with is None:
            return leaves
        return leaves | {("made with", stage.name): stage.made_with(self.get(stage))}
