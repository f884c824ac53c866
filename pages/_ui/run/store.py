"""The store that all visitors' runs share, and a run for what the frame has chosen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from pages._ui.run.budget import budget_bytes
from pages._ui.state.session import session
from pages._ui.state.workbench import Workbench
from rpn_core.models.runtime.forward_queue import forward_queue
from rpn_core.photo.photo import Photo, Pixels
from rpn_core.proposers.network import Line, line, network, photo, pixels
from rpn_core.settings import Settings
from rpn_core.stages.graph import Stage
from rpn_core.stages.kept import KeptResults
from rpn_core.stages.run import Run


@st.cache_resource(show_spinner=False)
def shared_store() -> KeptResults:
    return KeptResults(budget_bytes())


def begin_run(bench: Workbench, on_position: Callable[[int], None]) -> Run:
    """A run over the graph for the photo, the model and the settings in force.

    Args:
        on_position: told how many are ahead while others use the network; with 0 now and then
            while another visitor's run computes what this one needs.
    """

    def while_waiting(stage: Stage[Any]) -> None:
        # Another visitor waits for the very same: its turn, and all before it, are ahead.
        on_position(forward_queue.waiting + 1 if stage is network else 0)

    run = Run(bench.settings, shared_store(), while_waiting=while_waiting)
    run.give(photo, bench.photo).tell(line, Line(on_position, session()))
    bench.proposer.begin(run)
    return run


def share_pixels(of: Photo, decoded: Pixels) -> None:
    """Spare the first pass a second decoding of a photo that was just read."""
    Run(Settings(), shared_store()).give(photo, of).offer(pixels, decoded)
