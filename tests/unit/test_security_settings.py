"""A link is short, and may still ask for much: settings cannot fill the memory."""

from __future__ import annotations

import tracemalloc

import pytest

from rpn_core.anchors import lay as anchors_module
from rpn_core.anchors.lay import MAX_ANCHORS, lay_anchors
from rpn_core.errors import UserError
from rpn_core.models.catalogue.table import CARDS
from rpn_core.settings import MAX_VALUES_PER_LEVEL, AnchorSettings, number_of
from rpn_core.settings.url import from_query

LARGEST = (int(number_of("input.min_side").high), int(number_of("input.max_side").high))


def grids(strides: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    return tuple((-(-LARGEST[0] // stride), -(-LARGEST[1] // stride)) for stride in strides)


# The grids of MobileNet's detectors are too coarse for as many.
@pytest.mark.parametrize("name", [name for name in CARDS if min(CARDS[name].strides) <= 16])
def test_the_most_that_a_link_can_ask_for_is_refused_before_it_is_laid(name):
    card = CARDS[name]
    level = "-".join(str(32 + i) for i in range(MAX_VALUES_PER_LEVEL))
    ratios = "-".join(f"0.{i + 1}" for i in range(9)) + "-2"
    query = {"sizes": "_".join([level] * len(card.strides)), "ratios": ratios}
    settings, sentences = from_query(query, card.own_settings)
    assert sentences == ()
    tracemalloc.start()
    try:
        with pytest.raises(
            UserError, match=r"lay [\d,]+ anchors on this photo, but at most 1,000,000"
        ):
            lay_anchors(grids(card.strides), LARGEST, card.strides, settings.anchors)
        assert tracemalloc.get_traced_memory()[1] < 10**6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", CARDS)
def test_every_model_s_own_anchors_fit_at_the_largest_input(name):
    card = CARDS[name]
    own = card.own_settings.anchors
    asked = sum(
        height * width * len(sizes) * len(ratios)
        for (height, width), sizes, ratios in zip(
            grids(card.strides), own.sizes, own.aspect_ratios, strict=True
        )
    )
    assert 0 < asked <= MAX_ANCHORS


def test_the_limit_itself_is_laid_and_one_more_is_not(monkeypatch):
    settings = AnchorSettings(((32.0,),), ((1.0,),))
    monkeypatch.setattr(anchors_module, "MAX_ANCHORS", 6)
    assert len(lay_anchors(((2, 3),), (32, 48), (16,), settings)) == 6
    with pytest.raises(UserError, match="lay 7 anchors"):
        lay_anchors(((1, 7),), (16, 112), (16,), settings)
