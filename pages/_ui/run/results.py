"""The results of all stages for a page, with a word while they are waited for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import streamlit as st

from pages._ui.run.picture import picture
from pages._ui.run.store import begin_run
from pages._ui.scene.scene import DisplayPhoto, Words
from pages._ui.state.workbench import Workbench
from rpn_core.anchors.lay import Anchors
from rpn_core.errors import UserError
from rpn_core.messages import Message, tr
from rpn_core.models.fallback import ForwardResult, again_if_lost
from rpn_core.models.scoring import NoScores
from rpn_core.proposers.base import Shows
from rpn_core.proposers.network import network
from rpn_core.proposers.rpn import anchors
from rpn_core.proposers.stages import results as all_results
from rpn_core.stages.run import Run
from rpn_core.stages.stage_results import StageResults


@dataclass(frozen=True, eq=False, slots=True)
class Results:
    """Everything that one run of a page shows of the photo, the model and the settings.

    Attributes:
        photo: as the browser gets it.
        forward: what the network gave, and what it had to do without; None where none runs.
        anchors: R anchors; None where there are none.
        score_note: what has to be said of the scores, or why there are none; "": nothing.
        stages: all later results; None when scores would mean nothing.
        shows: what the proposer can show of this run; a page asks for what it needs.
        run: where a page gets the results of further stages; its log has the time of each.
    """

    photo: DisplayPhoto
    forward: ForwardResult | None
    anchors: Anchors | None
    score_note: Words
    stages: StageResults | None
    shows: frozenset[Shows]
    run: Run

    @property
    def shortfall(self) -> Message | None:
        """What the network had to do without, if anything."""
        return None if self.forward is None else self.forward.sentence


def run_stages(bench: Workbench) -> Results | None:
    """Compute or fetch everything; None after an error, which has then been shown."""
    with place_in_line() as told:
        try:
            return compute(bench, told)
        except UserError as error:
            st.error(str(error))
            return None


def compute(bench: Workbench, on_position: Callable[[int], None]) -> Results:
    """Run, or fetch, every stage for what the frame has chosen.

    When the accelerator is lost with the features on it, the network runs again, on the CPU.

    Args:
        on_position: see `begin_run`.
    Raises:
        UserError: memory does not suffice, or the weights are damaged.
    """
    proposer, run = bench.proposer, begin_run(bench, on_position)

    def results() -> Results:
        shows, stages = proposer.shows, None
        forward = run.get(network) if Shows.FEATURES in shows else None
        laid = run.get(anchors) if Shows.ANCHORS in shows else None
        try:
            stages = run.get(all_results)
        except NoScores:
            shows -= {Shows.SCORES, Shows.TRACE}
        note = proposer.score_note(run) or ""
        return Results(run.get(picture), forward, laid, note, stages, shows, run)

    return again_if_lost(results, lambda: run.forget(network))


@contextmanager
def place_in_line() -> Iterator[Callable[[int], None]]:
    """Give what `compute` tells the place in the line to; the sentence goes when the body ends."""
    waiting = st.empty()

    def tell(ahead: int) -> None:
        if ahead:
            waiting.info(tr("The network is busy: {ahead} ahead of you.", ahead=ahead))
        else:
            waiting.empty()  # also lets Streamlit end the run of a visitor who has gone on

    try:
        yield tell
    finally:
        waiting.empty()
