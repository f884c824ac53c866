"""`python -m rpn_core calibrate`: make the scores of trained weights probabilities."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from rpn_core.cli.labelled_data import add_data_arguments, asked_data, at_long_side
from rpn_core.cli.output import check_file
from rpn_core.errors import UserError
from rpn_core.given_file import printable, read_file
from rpn_core.messages import msg, tr

HELP = msg("make the scores of trained weights the probability of lying on an object (IoU >= 0.5)")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_data_arguments(parser)
    parser.add_argument(
        "--model", default="lite0-fpn", help=tr("lite0-fpn, lite0-c4 or what train made")
    )
    parser.add_argument(
        "--checkpoint", type=Path, required=True, help=tr("weights that train made")
    )
    parser.add_argument("--out", type=Path, required=True, help=tr("weights to write"))


def run(args: argparse.Namespace) -> int:
    """Fit two numbers on images that were not learnt from, and write them into the weights.

    The order of scores, and with it recall, stays as it is.

    Returns:
        0, or 1 when an image was left out.
    """
    import numpy as np
    import torch

    from rpn_core.cli.model_told import tell_model
    from rpn_core.evaluation.calibration import fit_calibration
    from rpn_core.evaluation.fold_calibration import fold_calibration
    from rpn_core.evaluation.reliability import on_object
    from rpn_core.models.fallback import run_with_fallback
    from rpn_core.models.load import load_model
    from rpn_core.models.networks.any_anchor import AnyAnchorNetwork
    from rpn_core.proposers.plain import after_network
    from rpn_core.training.ship import write_weights

    check_file(args.out)
    if args.out.suffix == ".json":
        raise UserError(
            "{file} would be written twice, since facts about the weights go into a .json beside "
            "them: name a .safetensors file.",
            file=printable(args.out),
        )
    rpn = load_model(args.model, device=args.device, checkpoint=read_file(args.checkpoint))
    tell_model(rpn)
    facts = _facts(args.checkpoint)
    if not isinstance(rpn.network, AnyAnchorNetwork):
        raise UserError(
            "{model} is not one of this project's networks: give lite0-fpn, lite0-c4 or a model "
            "that train made.",
            model=args.model,
        )
    settings = at_long_side(rpn.card.own_settings, args.long_side)
    data = asked_data(args)
    logits, hits = [], []
    for labelled, rgb in data.decoded(rpn.card.name):
        stages = after_network(run_with_fallback(rpn, rgb, settings.input), settings)
        predictions, entered = stages.predictions, stages.selection.candidates
        objects = predictions.frame.from_original(torch.from_numpy(labelled.boxes))
        logits.append(predictions.logits[entered].double().numpy())
        hits.append(on_object(stages.selection.boxes[entered], objects).numpy())
    try:
        found = fit_calibration(np.concatenate(logits), np.concatenate(hits))
    except UserError as error:
        raise UserError(
            "The scores cannot be calibrated on {file} ({reason}): give images like those that the "
            "model was trained on.",
            file=data.loaded.name,
            reason=error,
        ) from None
    network = rpn.network.cpu()
    fold_calibration(network.head, found)
    write_weights(
        network, args.out,
        facts | {
            "calibration": {
                "scale": found.scale, "shift": found.shift,
                "annotations_sha256": data.loaded.boxes_sha256,
            }
        },
    )  # fmt: skip
    print(
        tr(
            "{file}: logit x {scale:.3f} {shift:+.3f}",
            file=args.out, scale=found.scale, shift=found.shift,
        )
    )  # fmt: skip
    return data.finish()


def _facts(checkpoint: Path) -> dict[str, object]:
    """What is written beside the weights that were calibrated; its digest is of those."""
    beside = checkpoint.with_suffix(".json")
    if not beside.is_file():
        return {}
    try:
        facts = json.loads(read_file(beside))
    except (ValueError, RecursionError):
        facts = None
    if not isinstance(facts, dict):
        raise UserError(
            "{file}, beside the checkpoint, is not the JSON object that train wrote: put that "
            "back, or move it away.",
            file=printable(beside),
        )
    facts.pop("sha256", None)
    return facts
