"""What is said of each model."""

from __future__ import annotations

import json
import re

import pytest

from rpn_core.cli import main
from rpn_core.models.catalogue.card_text import card_parts, card_text
from rpn_core.models.catalogue.table import CARDS
from rpn_core.shipped import ROOT


@pytest.mark.parametrize("name", CARDS)
def test_every_card_names_source_licence_and_figures(name):
    card, text = CARDS[name], card_text(CARDS[name])
    assert text.startswith("# ")
    assert card.licence.split()[0] in text
    if card.weights_file is None:
        assert "none without weights" in text
    else:
        assert re.search(r"0?\.\d{3}|mAP \d\d\.\d", text), "a measured number"


def test_figures_of_the_bundled_weights_stand_beside_them():
    card = CARDS["lite0-fpn"]
    facts = json.loads((ROOT / str(card.weights_file)).with_suffix(".json").read_text())
    assert len(facts["figures"]) == 2
    for row in facts["figures"]:
        for value in row["average_recall"].values():
            assert f"{value:.3f}" in str(card.figures)
            assert f"{value:.3f}".removeprefix("0") in card_text(card), "the card says the same"


def test_the_command_lists_the_figures(capsys):
    assert main(["models"]) == 0
    told = capsys.readouterr().out
    for card in CARDS.values():
        if card.figures is not None:
            assert str(card.figures) in told
    assert "None" not in told


@pytest.mark.parametrize("name", CARDS)
def test_every_picture_of_a_card_is_there(name):
    parts = card_parts(CARDS[name])
    assert isinstance(parts[0], str)
    for part in parts:
        assert isinstance(part, str) or part.is_file()
        assert "](" not in str(part) or "![" not in str(part)
