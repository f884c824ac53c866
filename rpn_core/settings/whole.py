"""All slices together: for presets, links and files. No stage takes this."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from rpn_core.errors import UserError
from rpn_core.settings.declare import Declared, Number, declared
from rpn_core.settings.proposals import (
    AnchorSettings,
    HeadSettings,
    InputSettings,
    NmsSettings,
    SelectionSettings,
)
from rpn_core.settings.training import LossSettings, MatchSettings, SampleSettings


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting there is; each stage gets its own slice."""

    input: InputSettings = field(default_factory=InputSettings)
    anchors: AnchorSettings = field(default_factory=AnchorSettings)
    head: HeadSettings = field(default_factory=HeadSettings)
    selection: SelectionSettings = field(default_factory=SelectionSettings)
    nms: NmsSettings = field(default_factory=NmsSettings)
    match: MatchSettings = field(default_factory=MatchSettings)
    sample: SampleSettings = field(default_factory=SampleSettings)
    loss: LossSettings = field(default_factory=LossSettings)

    def __post_init__(self) -> None:
        for part in fields(self):
            kind: Any = part.default_factory
            if not isinstance(getattr(self, part.name), kind):
                raise UserError("{name} must be {kind}.", name=part.name, kind=kind.__name__)


DECLARED: tuple[Declared, ...] = declared(Settings)
BY_NAME: dict[str, Declared] = {entry.name: entry for entry in DECLARED}


def number_of(name: str) -> Number:
    """The declaration of a number, by its qualified name.

    >>> number_of("nms.nms_thresh").high
    1
    """
    setting = BY_NAME[name].setting
    assert isinstance(setting, Number), f"{name} is no number"
    return setting
