"""`python -m rpn_core models`: which models there are, and where their weights are."""

from __future__ import annotations

import argparse

from rpn_core.messages import msg, tr

HELP = msg("list the models, and whether their weights are here")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """There are none."""


def run(args: argparse.Namespace) -> int:
    """Print one line a model; looks on the disk and loads nothing."""
    from rpn_core.models.weights.states import model_states

    rows = [
        (tr("MODEL"), tr("ANCHORS"), tr("STRIDES"), tr("WEIGHTS"), tr("LICENCE"), tr("FIGURES"))
    ]
    rows += [
        (
            state.card.name,
            tr("any") if state.card.any_anchor else tr("trained ones"),
            ",".join(str(stride) for stride in state.card.strides),
            str(state.availability.label),
            state.card.licence,
            str(state.card.figures or ""),
        )
        for state in model_states()
    ]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print(line.rstrip())
    return 0
