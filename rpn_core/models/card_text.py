"""A model's card as Markdown, for people."""

from __future__ import annotations

import re
from pathlib import Path

from rpn_core.models.card import ModelCard, WeightsKind
from rpn_core.models.table import REPOSITORY


def card_text(card: ModelCard) -> str:
    """The card that comes with bundled weights, else what the table knows."""
    if card.weights_kind is WeightsKind.BUNDLED and card.weights_file is not None:
        written = (REPOSITORY / card.weights_file).with_suffix(".md")
        if written.is_file():
            return written.read_text(encoding="utf-8")
    anchors = card.own_settings.anchors
    levels = [
        f"stride {stride} px: sizes {_list(sizes)} px, ratios h/w {_list(ratios)}"
        for stride, sizes, ratios in zip(
            card.strides, anchors.sizes, anchors.aspect_ratios, strict=True
        )
    ]
    rows = {
        "source": card.source,
        "weights": card.weights_origin,
        "figures": card.figures or "none without weights",
        "licence": card.licence,
        "anchors it was trained for": "<br>".join(levels),
        "SHA-256 of the weights": f"`{card.sha256}`" if card.sha256 else "",
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
            parts.append((REPOSITORY / str(card.weights_file)).parent / part)
        elif part.strip():
            parts.append(part)
    return parts


def _list(numbers: tuple[float, ...]) -> str:
    return ", ".join(f"{number:g}" for number in numbers)
