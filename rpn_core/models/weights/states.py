"""Whether each model's weights are here, without loading any."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from rpn_core.messages import Message, msg
from rpn_core.models.catalogue.card import ModelCard, WeightsKind
from rpn_core.models.catalogue.table import CARDS
from rpn_core.models.weights.weights_file import weights_path


class Availability(Enum):
    """Where a model's weights are now."""

    BUNDLED = "bundled"
    CACHED = "cached"
    TO_DOWNLOAD = "to_download"
    MISSING = "missing"
    UNTRAINED = "untrained"

    @property
    def label(self) -> Message:
        return _LABELS[self]


_LABELS = {
    Availability.BUNDLED: msg("bundled"),
    Availability.CACHED: msg("downloaded"),
    Availability.TO_DOWNLOAD: msg("to download on first use"),
    Availability.MISSING: msg("missing: fetch the project again"),
    Availability.UNTRAINED: msg("untrained: needs a checkpoint of your own"),
}


@dataclass(frozen=True, slots=True)
class ModelState:
    """One model and where its weights are now."""

    card: ModelCard
    availability: Availability


def model_states() -> list[ModelState]:
    """Look on the disk for the weights of every model in the table, in its order."""
    return [ModelState(card, _availability(card)) for card in CARDS.values()]


def _availability(card: ModelCard) -> Availability:
    path = weights_path(card)
    if path is None:
        return Availability.UNTRAINED
    if card.weights_kind is WeightsKind.BUNDLED:
        return Availability.BUNDLED if path.is_file() else Availability.MISSING
    return Availability.CACHED if path.is_file() else Availability.TO_DOWNLOAD
