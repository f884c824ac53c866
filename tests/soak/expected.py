"""What a visitor's page must say, worked out from what the visitor did and not from the app."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, urlsplit

from rpn_core.models.catalogue.card import ModelCard
from rpn_core.models.catalogue.table import CARDS, DEFAULT_MODEL
from rpn_core.photo.samples import samples
from rpn_core.settings import Settings
from rpn_core.settings.presets import MODELS_OWN, carry_over, preset
from rpn_core.settings.url import from_query, to_query
from rpn_core.stages.network_input import resized_hw
from tests.soak.photos import MarkedPhoto

MODELS = ("lite0-fpn", "lite0-c4")


def base_settings(card: ModelCard) -> Settings:
    return preset(MODELS_OWN.name, card.strides, card.own_settings)


def read_link(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))


def linked_settings(link: dict[str, str]) -> tuple[str, Settings]:
    """The model and the settings that an address names."""
    model = link.get("model", DEFAULT_MODEL)
    settings, complaints = from_query(link, base_settings(CARDS[model]))
    assert complaints == (), complaints
    return model, settings


@dataclass
class Expected:
    """One visitor's model, settings and photo; photo None is the sample of the first sight."""

    model: str
    settings: Settings
    photo: MarkedPhoto | None = None
    # The photo before, which is still shown while a new one is on its way.
    before: MarkedPhoto | None = field(default=None)

    @classmethod
    def of_link(cls, link: dict[str, str]) -> Expected:
        return cls(*linked_settings(link))

    @property
    def card(self) -> ModelCard:
        return CARDS[self.model]

    def link(self) -> dict[str, str]:
        link = {} if self.model == DEFAULT_MODEL else {"model": self.model}
        if self.photo is not None:
            link["photo"] = "own"
        return link | to_query(self.settings, base_settings(self.card))

    def change(self, name: str, value: float) -> None:
        """A control has been moved."""
        slice_, _, field_ = name.partition(".")
        part = replace(getattr(self.settings, slice_), **{field_: value})
        self.settings = replace(self.settings, **{slice_: part})

    def switch_model(self, model: str) -> None:
        old, new = base_settings(self.card), base_settings(CARDS[model])
        self.settings, self.model = carry_over(self.settings, old, new), model

    @property
    def photo_hw(self) -> tuple[int, int]:
        return self.photo.hw if self.photo is not None else sample_hw()

    def image_hw(self, photo: MarkedPhoto) -> tuple[int, int]:
        """The photo in pixels of the network input."""
        return resized_hw(photo.hw, self.settings.input)

    def anchors(self) -> int:
        """How many anchors the funnel must begin with."""
        divisor = self.card.preprocess.size_divisor
        image = resized_hw(self.photo_hw, self.settings.input)
        padded = [math.ceil(side / divisor) * divisor for side in image]
        total = 0
        anchors = self.settings.anchors
        for stride, sizes, ratios in zip(
            self.card.strides, anchors.sizes, anchors.aspect_ratios, strict=True
        ):
            cells = math.prod(math.ceil(side / stride) for side in padded)
            total += cells * len(sizes) * len(ratios)
        return total


def sample_hw() -> tuple[int, int]:
    """Of the first sample, which a newcomer sees."""
    from rpn_core.photo.samples import sample_pixels

    height, width, _ = sample_pixels(samples()[0].name).shape
    return height, width
