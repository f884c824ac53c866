"""What everything that proposes boxes is to pages and evaluation: it says what it can show."""

from __future__ import annotations

from enum import Enum
from typing import Protocol

from rpn_core.messages import Message
from rpn_core.settings import Settings
from rpn_core.stages.run import Run


class Shows(Enum):
    """What a proposer has to show beside its boxes."""

    ANCHORS = "anchors"  # its boxes come from a grid: `Predictions.origin`
    SCORES = "scores"  # its logits tell more than an order
    FEATURES = "features"  # it runs a network: stage `network`
    TRACE = "trace"  # every number from an anchor to its fate: `results.trace`
    TARGETS = "targets"  # what training would teach it of this photo: `targets.stages`


EVERYTHING = frozenset(Shows)


class Proposer(Protocol):
    """Proposes boxes for photos, in the stages from `predictions` on that all proposers share.

    Each has a file of its own in this folder, which declares the stages that lead to its
    predictions, and a row in `table`.
    """

    @property
    def name(self) -> str:
        """For tables and charts."""

    @property
    def settings(self) -> Settings:
        """Those that the run is to read."""

    @property
    def shows(self) -> frozenset[Shows]:
        """What it can show; a page asks for what it needs."""

    @property
    def level_names(self) -> tuple[Message, ...]:
        """One for each level of its predictions."""

    def begin(self, run: Run) -> None:
        """Give a run what the proposer needs beside the photo, and connect its predictions."""

    def score_note(self, run: Run) -> Message | None:
        """What has to be said of the scores of a run, or why it has none; None: as they are."""
