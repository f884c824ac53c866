"""`python -m rpn_core train`: train an any-anchor RPN on images with boxes.

A run lives in one folder: `run.json` (what was asked for), `checkpoint.pt`, TensorBoard's files
and at the end the weights. Several processes: `torchrun --nproc-per-node 2 -m rpn_core train ...`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from rpn_core.cli.labelled_data import (
    add_format_argument,
    add_strict_argument,
    annotations_help,
)
from rpn_core.cli.numbers import whole_number
from rpn_core.cli.output import check_folder
from rpn_core.counts import part_of_images
from rpn_core.errors import UserError
from rpn_core.given_file import printable
from rpn_core.messages import Message, msg, tr

if TYPE_CHECKING:
    import torch

    from rpn_core.cli.labelled_data import LabelledData

MAX_WORKERS = 512
HELP = msg("train an any-anchor RPN on images with boxes")
_KEPT = (
    "train", "images", "format", "val", "val_images", "model", "recipe", "start", "start_backbone",
    "precision",
)  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--train", type=Path, metavar="FILE_OR_FOLDER",
        help=tr("annotations to learn from: {annotations}", annotations=annotations_help()),
    )  # fmt: skip
    parser.add_argument("--images", type=Path, help=tr("folder or zip, where they lie apart"))
    add_format_argument(parser)
    add_strict_argument(parser)
    parser.add_argument(
        "--val", type=Path, metavar="FILE_OR_FOLDER",
        help=tr("annotations to measure recall on at checkpoints"),
    )  # fmt: skip
    parser.add_argument(
        "--val-images", type=Path,
        help=tr("their folder or zip; else those that lie with them, or --images"),
    )  # fmt: skip
    parser.add_argument(
        "--val-limit",
        type=whole_number(1),
        default=60,
        help=tr("of these only so many images (60)"),
    )
    parser.add_argument(
        "--model", default="lite0-fpn", help=tr("lite0-fpn, lite0-c4 or a backbone of timm")
    )
    parser.add_argument("--recipe", type=Path, help=tr("JSON file; defaults are in recipe.py"))
    begin = parser.add_mutually_exclusive_group()
    begin.add_argument("--start", type=Path, help=tr("weights to go on from; else ImageNet's"))
    begin.add_argument(
        "--start-backbone", type=Path,
        help=tr("weights of another network with this backbone, of which only that is taken"),
    )  # fmt: skip
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--out", type=Path, help=tr("new folder for this run"))
    where.add_argument("--resume", type=Path, help=tr("folder of a run to go on with, as it began"))
    parser.add_argument("--device", default="auto")
    parser.add_argument(
        "--precision", default="auto", help=tr("auto, float32, bfloat16 or float16")
    )
    parser.add_argument(
        "--workers",
        type=whole_number(0, MAX_WORKERS),
        default=0,
        help=tr("processes that read images (0)"),
    )
    parser.add_argument(
        "--checkpoint-every",
        type=whole_number(1),
        default=250,
        help=tr("steps between checkpoints (250)"),
    )


def run(args: argparse.Namespace) -> int:
    """Train, or go on with a run; an image that cannot be read is reported and left out.

    Returns:
        0, or 1 when an image was left out and the run was not one of several processes (of which
        torchrun would take it for a failure).
    Raises:
        UserError: arguments that cannot be used, or no image that can be read.
    """
    from rpn_core.cli.labelled_data import read_data
    from rpn_core.cli.training_watch import TrainingWatch
    from rpn_core.models.networks.trainable import model_card, network_plan
    from rpn_core.models.runtime.device import choose_device
    from rpn_core.training.batches import StepBatches
    from rpn_core.training.loop import RunPlan, train
    from rpn_core.training.precision import training_dtype
    from rpn_core.training.processes import team
    from rpn_core.training.random_shapes import canonical_shapes
    from rpn_core.training.recipe import Recipe, read_recipe
    from rpn_core.training.ship import write_weights
    from rpn_core.training.start import start_network

    with team(choose_device(args.device)) as here:
        folder = args.resume or args.out
        asked = _resumed(folder) if args.resume else _asked(args)
        recipe = read_recipe(asked["recipe"]) if asked["recipe"] else Recipe()
        card, plan = model_card(asked["model"]), network_plan(asked["model"])
        if plan.fixed_shapes:  # it has channels for no others
            recipe = replace(recipe, canonical_share=1.0)
        network = start_network(plan, recipe, asked["start"], asked["start_backbone"])
        anchors = card.own_settings.anchors
        form, quiet = asked["format"], not here.leads
        strict = args.strict
        data = read_data(asked["train"], asked["images"], form, strict=strict, quiet=quiet)
        validation = None
        if asked["val"] and here.leads:
            validation = read_data(
                asked["val"], _val_images(asked), form, args.val_limit, strict=strict
            )
        dtype = training_dtype(_precision(args, asked), here.device)
        if here.leads and not args.resume:
            _begin(folder, asked | {"precision": _name(dtype)}, asdict(recipe))
        batches = StepBatches(
            data.images, recipe, card.preprocess, card.strides,
            canonical_shapes(anchors), here.part,
        )  # fmt: skip
        how = RunPlan(folder / "checkpoint.pt", args.checkpoint_every, dtype, args.workers)
        if validation is not None and (seen := _learnt_from_too(data, validation)):
            validation.say(
                msg(
                    "{images} that recall is measured on are learnt from: it is no measure of what "
                    "the model makes of others.",
                    images=part_of_images(seen, len(validation.images)),
                )
            )
        watch = TrainingWatch(folder, card, data, validation)
        try:
            average = train(network, batches, recipe, anchors.offset, here, how, watch)
        finally:
            watch.close()
        if here.leads:
            weights = folder / f"{card.name}.safetensors"
            write_weights(average, weights, _facts(asked, asdict(recipe), data))
            print(weights)
        code = max(part.finish() for part in (data, validation) if part)
        return code if here.part.world == 1 else 0


def _asked(args: argparse.Namespace) -> dict[str, Any]:
    from rpn_core.models.networks.trainable import trainable_name

    if args.train is None:
        raise UserError("--train is missing: give annotations to learn from.")
    if args.val_images and not args.val:
        raise UserError(
            "--val-images is given without --val: give the annotations of these images."
        )
    check_folder(args.out)
    if (args.out / "checkpoint.pt").exists():
        raise UserError(
            "{folder} holds a run already: go on with --resume {folder}, or give another --out.",
            folder=printable(args.out),
        )
    asked = {name: getattr(args, name) for name in _KEPT}
    return asked | {"model": trainable_name(args.model)}


def _val_images(asked: dict[str, Any]) -> Path | None:
    """Where the images lie that recall is measured on; None: with their annotations, of a single
    file beside it or below."""
    from rpn_core.labels.formats.read import holds_images

    val = asked["val"]
    if asked["val_images"] or holds_images(val) or (val.is_file() and holds_images(val.parent)):
        return cast(Path | None, asked["val_images"])
    return cast(Path | None, asked["images"])


def _learnt_from_too(data: LabelledData, validation: LabelledData) -> int:
    """How many images of the validation are among those that are learnt from."""

    def files(of: LabelledData) -> set[str | Path]:
        images = of.loaded.images
        root = None if images.files is None else images.files.root
        names = [images.find(image.name) or image.name for image in of.images]
        return {name if root is None else root / name for name in names}

    return len(files(data) & files(validation))


def _precision(args: argparse.Namespace, asked: dict[str, Any]) -> str:
    """What was asked for now, else what the run began with: on another machine, too, a resumed run
    goes on to the same weights."""
    chosen: str = args.precision
    return asked["precision"] or chosen if chosen == "auto" else chosen


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _begin(folder: Path, asked: dict[str, Any], recipe: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    # The recipe as it is now: its file may change before the run is resumed.
    kept = folder / "recipe.json"
    kept.write_text(json.dumps(recipe, indent=2) + "\n")
    absolute = {
        name: str(value.resolve()) if isinstance(value, Path) else value
        for name, value in asked.items()
    }
    document = {**absolute, "recipe": str(kept.resolve())}
    (folder / "run.json").write_text(json.dumps(document, indent=2) + "\n")


def _resumed(folder: Path) -> dict[str, Any]:
    try:
        document = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        asked = {name: document.get(name) for name in _KEPT}
        wrong = {name for name, value in asked.items() if not isinstance(value, str | None)}
        if wrong or not asked["train"] or not asked["model"]:
            raise ValueError("run.json")
    except (OSError, ValueError, AttributeError, RecursionError) as error:
        raise UserError(
            "{folder} holds no run that can be resumed ({reason}): start one with --out.",
            folder=printable(folder),
            reason=_why(error),
        ) from None
    return {
        name: Path(value) if value and name not in ("model", "precision", "format") else value
        for name, value in asked.items()
    }


def _why(error: Exception) -> Message | str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return msg("its run.json is not what train writes")


def _facts(asked: dict[str, Any], recipe: dict[str, Any], data: LabelledData) -> dict[str, Any]:
    from rpn_core.training.ship import images_sha256, sha256

    return {
        "model": asked["model"],
        "train_annotations_sha256": data.loaded.boxes_sha256,
        "train_images_sha256": images_sha256(_learnt_from(data)),
        "started_from": _origin(asked, sha256),
        "commit": _commit(),
        "recipe": recipe,
    }


def _learnt_from(data: LabelledData) -> Iterator[bytes]:
    """The files of all images but those that were left out, or can no longer be read."""
    for image in data.images:
        if image.name not in data.left_out:
            try:
                yield image.read_bytes()
            except UserError as error:
                data.leave_out(image.name, error.message)


def _origin(asked: dict[str, Any], sha256: Callable[[Path], str]) -> str:
    if asked["start_backbone"]:
        return f"the backbone of {sha256(asked['start_backbone'])}"
    return sha256(asked["start"]) if asked["start"] else "ImageNet"


def _commit() -> str | None:
    """Of the code that trained, where it is a git checkout."""
    here = Path(__file__).parent
    try:
        found = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=here, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return found.stdout.strip()
