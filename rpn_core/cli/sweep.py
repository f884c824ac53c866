"""`python -m rpn_core sweep`: recall over many anchor settings, and what scores are worth."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

from rpn_core.settings import InputSettings

HELP = "how a model does on 45 anchor settings, and whether its scores are probabilities"
COUNT = 300


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--annotations", type=Path, required=True, help="COCO JSON")
    parser.add_argument("--images", type=Path, required=True, help="folder of the images")
    parser.add_argument("--model", default="lite0-fpn")
    parser.add_argument("--checkpoint", type=Path, help="weights of one's own")
    parser.add_argument("--long-side", type=int, help="px; replaces the model's input size")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--limit", type=int, help="only the first so many images")
    parser.add_argument("--out", type=Path, help="folder for sweep.json and sweep.html")


def run(args: argparse.Namespace) -> int:
    import torch
    from tqdm import tqdm

    from rpn_core.cli.run_stages import run_stages
    from rpn_core.evaluation.anchor_sweep import AnchorSweep
    from rpn_core.evaluation.object_groups import ALL
    from rpn_core.evaluation.recall import RecallCounter
    from rpn_core.evaluation.reliability import ReliabilityCounter
    from rpn_core.figures.model_charts import reliability_chart, sweep_chart
    from rpn_core.models.load import load_model
    from rpn_core.photo_reader import read_photo
    from rpn_core.proposals import to_original
    from rpn_core.training.coco_boxes import read_coco

    checkpoint = args.checkpoint.read_bytes() if args.checkpoint else None
    rpn = load_model(args.model, device=args.device, checkpoint=checkpoint)
    settings = rpn.card.own_settings
    if args.long_side:
        settings = replace(settings, input=InputSettings(args.long_side, args.long_side))
    images = read_coco(args.annotations, args.images)[: args.limit]
    sweep, own, scores = AnchorSweep(rpn, settings), RecallCounter(), ReliabilityCounter()
    for labelled in tqdm(images, unit="image", file=sys.stderr):
        rgb = read_photo(labelled.path.read_bytes(), labelled.path.name).rgb
        objects = labelled.boxes.astype("float64")
        sweep.add(rgb, objects)
        stages = run_stages(rpn, rgb, settings)
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
        parts = [
            figure.to_html(full_html=False, include_plotlyjs=place == 0)
            for place, figure in enumerate(charts)
        ]
        page = "<!doctype html><meta charset='utf-8'><title>Anchor sweep</title>" + "".join(parts)
        (args.out / "sweep.html").write_text(page, "utf-8")
    return 0


def _known(value: float) -> float | None:
    return None if value != value else float(value)
