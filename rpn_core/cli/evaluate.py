"""`python -m rpn_core evaluate`: average recall of a model's proposals on COCO boxes."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from rpn_core.settings import InputSettings

HELP = "average recall of a model's proposals on images with boxes in COCO JSON"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--annotations", type=Path, required=True, help="COCO JSON")
    parser.add_argument("--images", type=Path, required=True, help="folder of the images")
    parser.add_argument("--model", default="lite0-fpn")
    parser.add_argument("--checkpoint", type=Path, help="weights of one's own")
    parser.add_argument("--settings", type=Path, help="settings as JSON; else the model's own")
    parser.add_argument("--long-side", type=int, help="px; replaces the settings' input size")
    parser.add_argument("--device", default="auto")


def run(args: argparse.Namespace) -> int:
    from tqdm import tqdm

    from rpn_core.cli.run_stages import NoHonestScores, run_stages
    from rpn_core.evaluation.average_recall import average_recall
    from rpn_core.export import coco_results
    from rpn_core.models.load import load_model
    from rpn_core.photo_reader import read_photo
    from rpn_core.settings_text import from_json
    from rpn_core.training.coco_boxes import read_coco

    checkpoint = args.checkpoint.read_bytes() if args.checkpoint else None
    rpn = load_model(args.model, device=args.device, checkpoint=checkpoint)
    settings = from_json(args.settings.read_text()) if args.settings else rpn.card.own_settings
    if args.long_side:
        side = InputSettings(args.long_side, args.long_side)
        settings = replace(settings, input=side)
    results = []
    for labelled in tqdm(read_coco(args.annotations, args.images), unit="image", file=sys.stderr):
        photo = read_photo(labelled.path.read_bytes(), labelled.path.name)
        try:
            stages = run_stages(rpn, photo.rgb, settings)
        except NoHonestScores as error:
            print(error, file=sys.stderr)
            return 1
        results += [
            {**row, "image_id": labelled.image_id}
            for row in coco_results(stages.proposals, photo.name)
        ]
    print("proposals  AR 0.50:0.95  recall@0.5")
    for recall in average_recall(args.annotations, results):
        print(f"{recall.count:9}  {recall.average:12.3f}  {recall.at_half:10.3f}")
    return 0
