"""`python -m rpn_core evaluate`: recall of proposals on images with boxes, beside baselines."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rpn_core.cli.labelled_data import add_data_arguments, asked_data, at_long_side
from rpn_core.cli.output import check_folder, write_text
from rpn_core.given_file import read_file
from rpn_core.messages import msg, tr
from rpn_core.proposers.table import BESIDE

if TYPE_CHECKING:
    from rpn_core.cli.labelled_data import LabelledData
    from rpn_core.evaluation.report import Evaluated
    from rpn_core.labels.stores.files import Shown
    from rpn_core.proposers.base import Proposer

HELP = msg("recall of a model's proposals on images with boxes")
TORCHVISION = "torchvision"  # all of its models whose weights are here


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_data_arguments(parser)
    parser.add_argument(
        "--model", action="append", help=tr("a model of `models`; may be given several times")
    )
    parser.add_argument(
        "--checkpoint", type=Path, help=tr("weights of one's own for the one model")
    )
    parser.add_argument("--settings", type=Path, help=tr("settings as JSON; else each model's own"))
    parser.add_argument(
        "--baseline", action="append", choices=(*BESIDE, TORCHVISION), default=[],
        help=tr("compare with it; may be given several times"),
    )  # fmt: skip
    parser.add_argument("--out", type=Path, help=tr("folder for recall.json and recall.html"))


def run(args: argparse.Namespace) -> int:
    """Measure, print and write; an image that cannot be read is reported and left out.

    Every box counts that an RPN can learn from (`LabelSet.learnable`): difficult ones do, crowds
    and boxes without area or of numbers that are not finite do not.

    Returns:
        0, or 1 when an image was left out.
    Raises:
        UserError: arguments that cannot be used, or no image that can be read.
    """
    from rpn_core.evaluation.report import as_json, as_table

    check_folder(args.out)
    proposers = _proposers(args)
    data = asked_data(args)
    results = [_evaluate(proposer, data) for proposer in proposers]
    print(as_table(results))
    if args.out:
        write_text(args.out, "recall.json", json.dumps(as_json(results), indent=2) + "\n")
        write_text(args.out, "recall.html", _html(results, data.loaded.name))
    return data.finish()


def _proposers(args: argparse.Namespace) -> list[Proposer]:
    from rpn_core.cli.model_told import tell_model
    from rpn_core.errors import UserError
    from rpn_core.models.catalogue.table import DEFAULT_MODEL
    from rpn_core.models.load import load_model
    from rpn_core.proposers.rpn import RpnProposer
    from rpn_core.settings.file import from_json

    names = args.model or [DEFAULT_MODEL]
    if args.checkpoint and len(names) > 1:
        raise UserError(
            "--checkpoint belongs to one model, but {models} were named: name one.",
            models=len(names),
        )
    checkpoint = read_file(args.checkpoint) if args.checkpoint else None
    proposers: list[Proposer] = []
    for name in names:
        rpn = load_model(name, device=args.device, checkpoint=checkpoint)
        tell_model(rpn)
        settings = rpn.card.own_settings
        if args.settings:
            settings = from_json(read_file(args.settings), levels=len(rpn.card.strides))
        settings = at_long_side(settings, args.long_side)
        model = RpnProposer(rpn, settings)
        beside = [make(model) for key, make in BESIDE.items() if key in args.baseline]
        # What is the same beside each model stands in the table once: equal names say equal boxes.
        known = {one.name for one in proposers}
        proposers += [one for one in (model, *beside) if one.name not in known]
    if TORCHVISION in args.baseline:
        proposers += _torchvision_models(args, names)
    return proposers


def _torchvision_models(args: argparse.Namespace, named: list[str]) -> list[Proposer]:
    """Those whose weights lie on this disk, each with its own settings."""
    from rpn_core.models.catalogue.card import WeightsKind
    from rpn_core.models.load import load_model
    from rpn_core.models.weights.states import Availability, model_states
    from rpn_core.proposers.rpn import RpnProposer

    found: list[Proposer] = []
    for state in model_states():
        name = state.card.name
        if state.card.weights_kind is not WeightsKind.DOWNLOAD or name in named:
            continue
        if state.availability is Availability.CACHED:
            rpn = load_model(name, device=args.device)
            settings = at_long_side(rpn.card.own_settings, args.long_side)
            found.append(RpnProposer(rpn, settings))
        else:
            told = tr("{model} is left out: its weights were never downloaded.", model=name)
            print(told, file=sys.stderr)
    return found


def _evaluate(proposer: Proposer, data: LabelledData) -> Evaluated:
    import numpy as np

    from rpn_core.evaluation.proposed import propose
    from rpn_core.evaluation.recall import RecallCounter
    from rpn_core.evaluation.report import Evaluated

    counter, times, seen = RecallCounter(), dict[str, list[float]](), 0
    for labelled, pixels in data.decoded(proposer.name):
        proposed = propose(proposer, pixels)
        counter.add(proposed.boxes, labelled.boxes.astype(np.float64))
        seen += 1
        for stage, seconds in proposed.seconds.items():
            times.setdefault(stage, []).append(seconds)
    return Evaluated(proposer.name, seen, counter.recall(), times)


def _html(results: list[Evaluated], data: Shown) -> str:
    from rpn_core.figures.page import charts_page
    from rpn_core.figures.recall_curves import recall_by_count, recall_by_iou

    everything = {result.name: result.groups[0] for result in results}
    charts = [recall_by_count(everything), *(recall_by_iou(everything, n) for n in (100, 1000))]
    return charts_page(tr("Recall on {data}", data=data), charts)
