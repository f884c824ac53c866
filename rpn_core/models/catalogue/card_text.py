"""A model's card as Markdown, for people."""

from __future__ import annotations

import re
from pathlib import Path

from rpn_core.anchors.words import level_text
from rpn_core.messages import tr
from rpn_core.models.catalogue.card import ModelCard, WeightsKind
from rpn_core.shipped import ROOT


def card_text(card: ModelCard) -> str:
    """The card that comes with bundled weights, in English; else what the table knows."""
    if card.weights_kind is WeightsKind.BUNDLED and card.weights_file is not None:
        written = (ROOT / card.weights_file).with_suffix(".md")
        if written.is_file():
            return written.read_text(encoding="utf-8")
    anchors = card.own_settings.anchors
    levels = [
        tr("stride {stride} px: {anchors}", stride=stride, anchors=level_text(anchors, level))
        for level, stride in enumerate(card.strides)
    ]
    rows = {
        tr("source"): card.source,
        tr("weights"): card.weights_origin,
        tr("figures"): card.figures or tr("none without weights"),
        tr("licence"): card.licence,
        tr("anchors it was trained for"): "<br>".join(levels),
        tr("SHA-256 of the weights"): f"`{card.sha256}`" if card.sha256 else "",
    }
    lines = [f"# {card.title}", "", "| | |", "|---|---|"]
    return "\n".join(lines + [f"| {name} | {text} |" for name, text in rows.items() if text])


def card_parts(card: ModelCard) -> list[str | Path]:
    """The same for a page that cannot follow a path: Markdown, and the pictures between it.

    A picture stands on a line of its own: `![words](file beside the card)`.
    """
    parts: list[str | Path] = []
    for place, part in enumerate(
        re.split(r"^!\[[^]]*\]\(([\w.-]+)\)$", card_text(card), flags=re.M)
    ):
        if place % 2:
            parts.append((ROOT / str(card.weights_file)).parent / part)
        elif part.strip():
            parts.append(part)
    return parts
