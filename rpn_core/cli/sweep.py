"""`python -m rpn_core sweep`: recall over many anchor settings, and what scores are worth."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rpn_core.cli.labelled_data import add_data_arguments, asked_data, at_long_side
from rpn_core.cli.output import check_folder, write_text
from rpn_core.given_file import read_file
from rpn_core.messages import msg, tr

if TYPE_CHECKING:
    from rpn_core.cli.labelled_data import LabelledData
    from rpn_core.evaluation.anchor_sweep import SweepResult
    from rpn_core.evaluation.reliability import Reliability
    from rpn_core.proposers.rpn import RpnProposer

HELP = msg("how a model does on 45 anchor settings, and whether its scores are probabilities")
COUNT = 300


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_data_arguments(parser)
    parser.add_argument("--model", default="lite0-fpn")
    parser.add_argument("--checkpoint", type=Path, help=tr("weights of one's own"))
    parser.add_argument(
        "--beside", nargs=2, metavar=("MODEL", "CHECKPOINT"),
        help=tr(
            "another model in the same chart, such as lite0-fpn-fixed with an ordinary head, whose "
            "trained anchors the others borrow from"
        ),
    )  # fmt: skip
    parser.add_argument("--out", type=Path, help=tr("folder for sweep.json and sweep.html"))


def run(args: argparse.Namespace) -> int:
    from rpn_core.figures.model_charts import reliability_chart, sweep_chart
    from rpn_core.figures.page import charts_page

    check_folder(args.out)
    asked = [(args.model, args.checkpoint)]
    if args.beside:
        asked.append((args.beside[0], Path(args.beside[1])))
    models = [_loaded(name, checkpoint, args) for name, checkpoint in asked]
    data = asked_data(args)
    swept = [_sweep(model, data) for model in models]
    for one in swept:
        print(
            tr(
                "{model}, own anchors: AR@{count} {recall:.3f}; calibration error {error:.3f}",
                model=one.model, count=COUNT, recall=one.own, error=one.trust.error,
            )
        )  # fmt: skip
        for row in _rows(one):
            print(
                tr(
                    "{anchors:32} covered {covered:.3f}  AR {recall:.3f}",
                    anchors=row["anchors"], covered=row["covered"], recall=row[f"AR@{COUNT}"],
                )
            )  # fmt: skip
    if args.out:
        document = [_document(one) for one in swept]
        write_text(args.out, "sweep.json", json.dumps(document, indent=2) + "\n")
        charts = [
            sweep_chart([(one.model, one.results, one.own) for one in swept], COUNT),
            *(reliability_chart(one.trust, one.model) for one in swept),
        ]
        write_text(args.out, "sweep.html", charts_page(tr("Anchor sweep"), charts))
    return data.finish()


@dataclass(frozen=True, eq=False, slots=True)
class _Swept:
    """What one model reached: with its own anchors, with each setting, and what its scores say."""

    model: str
    own: float
    results: list[SweepResult]
    trust: Reliability


def _loaded(name: str, checkpoint: Path | None, args: argparse.Namespace) -> RpnProposer:
    from rpn_core.cli.model_told import tell_model
    from rpn_core.models.load import load_model
    from rpn_core.proposers.rpn import RpnProposer

    rpn = load_model(name, args.device, None if checkpoint is None else read_file(checkpoint))
    tell_model(rpn)
    return RpnProposer(rpn, at_long_side(rpn.card.own_settings, args.long_side))


def _sweep(model: RpnProposer, data: LabelledData) -> _Swept:
    import torch

    from rpn_core.evaluation.anchor_sweep import AnchorSweep
    from rpn_core.evaluation.recall import RecallCounter
    from rpn_core.evaluation.reliability import ReliabilityCounter
    from rpn_core.geometry.size_groups import ALL
    from rpn_core.models.fallback import run_with_fallback
    from rpn_core.proposers.plain import after_network

    rpn, settings = model.rpn, model.settings
    sweep = AnchorSweep(rpn.card.strides, settings.selection, settings.nms)
    own, scores = RecallCounter(), ReliabilityCounter()
    for labelled, rgb in data.decoded(rpn.card.name):
        objects = labelled.boxes.astype("float64")
        forward = run_with_fallback(rpn, rgb, settings.input)
        sweep.add(forward, objects)
        stages = after_network(forward, settings)
        own.add(stages.proposals.boxes.double().numpy(), objects)
        entered = stages.selection.candidates
        scores.add(
            stages.selection.scores[entered],
            stages.predictions.frame.to_original(stages.selection.boxes[entered]),
            torch.from_numpy(labelled.boxes),
        )
    average = own.recall([ALL])[0].average(COUNT)
    return _Swept(rpn.card.name, average, list(sweep.results()), scores.reliability())


def _rows(swept: _Swept) -> list[dict[str, Any]]:
    return [
        {"anchors": result.anchors.name, "covered": result.covered,
         f"AR@{COUNT}": result.recall.average(COUNT)}
        for result in swept.results
    ]  # fmt: skip


def _document(swept: _Swept) -> dict[str, Any]:
    trust = swept.trust
    return {
        "model": swept.model,
        f"own_AR@{COUNT}": swept.own,
        "settings": _rows(swept),
        "calibration_error": trust.error,
        "reliability": [
            {"boxes": int(n), "score": _known(score), "on_object": _known(share)}
            for n, score, share in zip(trust.boxes, trust.mean_score, trust.on_object, strict=True)
        ],
    }


def _known(value: float) -> float | None:
    return None if value != value else float(value)
