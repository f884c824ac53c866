"""What the frame hands to every page: the photo, the model and the settings in force."""

from __future__ import annotations

from dataclasses import dataclass

from rpn_core.models.rpn import Rpn
from rpn_core.photo.photo import Photo
from rpn_core.proposers.base import Proposer
from rpn_core.proposers.rpn import RpnProposer
from rpn_core.settings import Settings

ModelKey = tuple[str, str, str]  # name, device, SHA-256 of a checkpoint or ""


@dataclass(frozen=True, eq=False, slots=True)
class Workbench:
    """The state that all pages share.

    Attributes:
        photo: what was uploaded or picked.
        sample: name of the sample photo, or None for a visitor's own.
        rpn: the loaded model.
        model_key: names the model with its weights and device, for caches.
        settings: valid, for this model's levels.
        preset: name of the preset that settings are compared with.
        link: query that reopens this state.
    """

    photo: Photo
    sample: str | None
    rpn: Rpn
    model_key: ModelKey
    settings: Settings
    preset: str
    link: dict[str, str]

    @property
    def proposer(self) -> Proposer:
        return RpnProposer(self.rpn, self.settings, self.model_key)

    @property
    def level_names(self) -> tuple[str, ...]:
        return tuple(map(str, self.proposer.level_names))
