"""The funnel: how many anchors each stage took in, dropped and passed on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rpn_core.messages import Message, msg
from rpn_core.stages.fate import Fate
from rpn_core.stages.ledger import Ledger

FunnelKey = Literal["anchors", "inside", "pre_nms", "min_size", "score", "nms", "kept"]

# Stage by stage, in the order in which they decide: key, label, and the fate of those it drops.
_STAGES: tuple[tuple[FunnelKey, Message, Fate | None], ...] = (
    ("anchors", msg("All anchors"), None),
    ("inside", msg("Inside the border"), Fate.CROSSES_BORDER),
    ("pre_nms", msg("Pre-NMS top N"), Fate.BELOW_PRE_NMS_TOP_N),
    ("min_size", msg("Large enough"), Fate.TOO_SMALL),
    ("score", msg("Score high enough"), Fate.BELOW_SCORE),
    ("nms", msg("Survived NMS"), Fate.SUPPRESSED),
    ("kept", msg("Kept: proposals"), Fate.BEYOND_POST_NMS_TOP_N),
)


@dataclass(frozen=True, slots=True)
class FunnelStage:
    """One stage of the funnel; every count is in anchors.

    Attributes:
        key: name for code and links.
        label: name for people.
        drops: the fate of the anchors lost here; None for the first stage, which loses none.
        level_in: anchors of each level that reached the stage.
        level_lost: those of them that ended here.
    """

    key: FunnelKey
    label: Message
    drops: Fate | None
    level_in: tuple[int, ...]
    level_lost: tuple[int, ...]

    @property
    def level_out(self) -> tuple[int, ...]:
        """Anchors of each level that the stage passed on."""
        return tuple(i - lost for i, lost in zip(self.level_in, self.level_lost, strict=True))

    @property
    def total_in(self) -> int:
        return sum(self.level_in)

    @property
    def total_lost(self) -> int:
        return sum(self.level_lost)

    @property
    def total_out(self) -> int:
        return sum(self.level_out)

    @property
    def passed(self) -> tuple[Fate, ...]:
        """The fates of the anchors that the stage passed on: what a filter on it shows."""
        first = 0 if self.drops is None else int(self.drops) + 1
        return tuple(fate for fate in Fate if fate >= first)


def funnel(ledger: Ledger, *, border_rule: bool) -> tuple[FunnelStage, ...]:
    """Read the stages off the ledger, first to last.

        out = in - lost;   in of a stage = out of the one before;   the last out = kept

    Args:
        ledger: the fates of all R anchors.
        border_rule: whether anchors that cross the border were dropped; without the rule its
            stage is left out.
    Returns:
        6 or 7 stages, each with one count per level.
    Raises:
        ValueError: the rule is off, and yet the ledger has anchors dropped by it.
    """
    if not border_rule and ledger.count(Fate.CROSSES_BORDER):
        raise ValueError("the ledger has anchors dropped at the border, but border_rule is off")
    arrived = tuple(int(n) for n in ledger.counts.sum(1))
    stages: list[FunnelStage] = []
    for key, label, drops in _STAGES:
        if drops is Fate.CROSSES_BORDER and not border_rule:
            continue
        lost = tuple(0 if drops is None else int(row[drops]) for row in ledger.counts)
        stages.append(FunnelStage(key, label, drops, arrived, lost))
        arrived = stages[-1].level_out
    return tuple(stages)
