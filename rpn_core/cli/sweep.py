"""`python -m rpn_core sweep`: recall over many anchor settings, and what scores are worth."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from rpn_core.cli.labelled_data import add_data_arguments, at_long_side, read_images

HELP = "how a model does on 45 anchor settings, and whether its scores are probabilities"
COUNT = 300


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_data_arguments(parser)
    parser.add_argument("--model", default="lite0-fpn")
    parser.add_argument("--checkpoint", type=Path, help="weights of one's own")
    parser.add_argument("--out", type=Path, help="folder for sweep.json and sweep.html")


def run(args: argparse.Namespace) -> int:
    import torch
    from tqdm import tqdm

    from rpn_core.evaluation.anchor_sweep import AnchorSweep
    from rpn_core.evaluation.object_groups import ALL
    from rpn_core.evaluation.recall import RecallCounter
    from rpn_core.evaluation.reliability import ReliabilityCounter
    from rpn_core.figures.model_charts import reliability_chart, sweep_chart
    from rpn_core.figures.page import html_page
    from rpn_core.models.after_network import after_network
    from rpn_core.models.load import load_model
    from rpn_core.models.step_down import run_with_step_down
    from rpn_core.photo_reader import read_photo
    from rpn_core.proposals import to_original

    checkpoint = args.checkpoint.read_bytes() if args.checkpoint else None
    rpn = load_model(args.model, device=args.device, checkpoint=checkpoint)
    settings = at_long_side(rpn.card.own_settings, args.long_side)
    images = read_images(args)
    sweep = AnchorSweep(rpn.card.strides, settings.selection, settings.nms)
    own, scores = RecallCounter(), ReliabilityCounter()
    for labelled in tqdm(images, unit="image", file=sys.stderr):
        rgb = read_photo(labelled.path.read_bytes(), labelled.path.name).rgb
        objects = labelled.boxes.astype("float64")
        forward = run_with_step_down(rpn, rgb, settings.input)
        sweep.add(forward, objects)
        stages = after_network(
            forward, settings.anchors, settings.foreign_anchors, settings.selection, settings.nms
        )
        own.add(stages.proposals.boxes.double().numpy(), objects)
        entered = stages.selection.candidates
        scores.add(
            stages.selection.scores[entered],
            to_original(stages.selection.boxes[entered], stages.network_input),
            torch.from_numpy(labelled.boxes),
        )
    results, trust = list(sweep.results()), scores.reliability()
    canonical = own.recall([ALL])[0].average(COUNT)
    rows = [
        {"anchors": result.anchors.name, "covered": result.covered,
         f"AR@{COUNT}": result.recall.average(COUNT)}
        for result in results
    ]  # fmt: skip
    print(f"own anchors: AR@{COUNT} {canonical:.3f}; calibration error {trust.error:.3f}")
    for row in rows:
        print(f"{row['anchors']:32} covered {row['covered']:.3f}  AR {row[f'AR@{COUNT}']:.3f}")
    if args.out:
        args.out.mkdir(parents=True, exist_ok=True)
        document = {
            f"own_AR@{COUNT}": canonical,
            "settings": rows,
            "calibration_error": trust.error,
            "reliability": [
                {"boxes": int(n), "score": _known(score), "on_object": _known(share)}
                for n, score, share in zip(
                    trust.boxes, trust.mean_score, trust.on_object, strict=True
                )
            ],
        }
        (args.out / "sweep.json").write_text(json.dumps(document, indent=2) + "\n")
        charts = [sweep_chart(results, canonical, COUNT), reliability_chart(trust)]
        (args.out / "sweep.html").write_text(html_page("Anchor sweep", charts), "utf-8")
    return 0


def _known(value: float) -> float | None:
    return None if value != value else float(value)
