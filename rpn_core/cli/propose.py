"""`python -m rpn_core propose`: proposals for photos and folders, as COCO results."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rpn_core.cli.output import write_text
from rpn_core.cli.photo_files import FoundPhotos, PhotoPath, find_photos
from rpn_core.errors import UserError
from rpn_core.given_file import printable, read_file
from rpn_core.messages import Message, msg, nmsg, ntr, tr
from rpn_core.photo.kinds import suffix_of

if TYPE_CHECKING:
    from tqdm import tqdm

    from rpn_core.cli.image_ids import ImageIds
    from rpn_core.models.rpn import Rpn
    from rpn_core.results.export import CocoResult
    from rpn_core.settings import Settings

HELP = msg("find proposals in photos, and write them as COCO results")

SOME_SKIPPED = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "images", type=Path, nargs="+", metavar="IMAGE_OR_FOLDER",
        help=tr("photos, and folders that are searched for photos with all below them"),
    )  # fmt: skip
    parser.add_argument(
        "--out", type=Path, required=True,
        help=tr(
            'JSON file: a list of {"image_id", "category_id", "file_name", "bbox": [x, y, w, h], '
            '"score"}, best first for each photo, in pixels of the photo; file_name is the path '
            "below the folder given; without --annotations, the numbered images are listed in a "
            "file beside it"
        ),
    )  # fmt: skip
    parser.add_argument(
        "--annotations", type=Path, metavar="FILE",
        help=tr("COCO JSON: image_id and category_id are those of this file"),
    )  # fmt: skip
    parser.add_argument("--model", default="lite0-fpn", help=tr("name of a model (see `models`)"))
    parser.add_argument(
        "--settings",
        type=Path,
        help=tr("JSON file saved by the page; else the model's own settings"),
    )
    parser.add_argument(
        "--max-proposals", type=int, metavar="N",
        help=tr("at most N for each photo; else what the settings say (post_nms_top_n)"),
    )  # fmt: skip
    parser.add_argument("--device", default="auto", help=tr("auto, cuda, mps or cpu"))
    parser.add_argument(
        "--checkpoint", type=Path, help=tr(".safetensors or .pth with weights of your own")
    )


def run(args: argparse.Namespace) -> int:
    """Write the proposals; a photo that cannot be used is reported and left out.

    Returns:
        0, or 1 when a photo was left out.
    Raises:
        UserError: arguments that cannot be used, or a model whose scores mean nothing. Nothing
            is written then.
    """
    from rpn_core.cli.atomic_file import atomic_writer
    from rpn_core.cli.image_ids import ids_in
    from rpn_core.cli.model_told import tell_model
    from rpn_core.results.export import json_chunks

    found = find_photos(args.images)
    if args.out.exists() and args.out.resolve() in {one.path.resolve() for one in found.photos}:
        raise UserError(
            "{file} is one of the photos: name another file for the proposals.",
            file=printable(args.out),
        )
    ids = ids_in(args.annotations, found.photos) if args.annotations else None
    if ids is not None and ids.categories > 1:
        told = tr(
            "Every proposal gets the first category_id of {annotations}: evaluate with "
            "useCats = 0.",
            annotations=printable(args.annotations),
        )
        print(told, file=sys.stderr)
    with atomic_writer(args.out) as file:
        rpn = _load(args)
        settings = _settings(args, rpn)
        tell_model(rpn)
        tally = _Tally(skipped=len(found.unread))
        _tell_unused(found)
        file.writelines(json_chunks(_rows(rpn, settings, found.photos, ids, tally)))
    if ids is None and args.out.is_file():
        _write_images(args.out, tally)
    count = len(found.photos) + len(found.unread)
    print(
        ntr(
            "{count} proposal for {photos} written to {file}.",
            "{count:,} proposals for {photos} written to {file}.",
            count=tally.proposals,
            photos=nmsg(
                "{done} of {count} photo",
                "{done:,} of {count:,} photos",
                count=count,
                done=count - tally.skipped,
            ),
            file=printable(args.out),
        ),
        file=sys.stderr,
    )
    return SOME_SKIPPED if tally.skipped else 0


def _tell_unused(found: FoundPhotos) -> None:
    """Name the files of the folders that are not used."""
    for file in found.unread:
        kind = suffix_of(file.name) or tr("no ending")
        told = msg(
            "skipped. Files of this kind ({kind}) are not read: save it as JPEG or PNG.", kind=kind
        )
        print(f"{printable(file.path)}: {told}", file=sys.stderr)
    if found.others:
        print(
            ntr(
                "{count} other file is no picture.",
                "{count:,} other files are no pictures.",
                count=found.others,
            ),
            file=sys.stderr,
        )


@dataclass(slots=True)
class _Tally:
    """What was done so far.

    Attributes:
        done: (image_id, name, height and width in pixels) of each photo that has rows.
    """

    proposals: int = 0
    skipped: int = 0
    done: list[tuple[int, str, tuple[int, int]]] = field(default_factory=list)


def _write_images(out: Path, tally: _Tally) -> None:
    """A COCO file of the photos, without boxes: what `pycocotools` needs to load the results."""
    import numpy as np

    from rpn_core.labels.coco_writer import write_coco
    from rpn_core.labels.label_set import UNNAMED, label_set

    ids, names, sizes = zip(*tally.done, strict=True) if tally.done else ((), (), ())
    images = label_set(
        names, np.zeros((0, 4)), np.zeros(0, np.int64), categories=(UNNAMED,),
        sizes_hw=np.array(sizes, np.int64).reshape(-1, 2), image_ids=np.array(ids, np.int64),
    )  # fmt: skip
    write_text(out.parent, f"{out.stem}.images.json", write_coco(images).decode())


def _load(args: argparse.Namespace) -> Rpn:
    from rpn_core.models.load import load_model

    checkpoint = read_file(args.checkpoint) if args.checkpoint else None
    with _DownloadBar() as bar:
        rpn = load_model(args.model, args.device, checkpoint, bar)
    if not rpn.state.trained:
        raise UserError(
            "{model} is untrained, so its scores mean nothing: give its weights with --checkpoint, "
            "or choose another model.",
            model=args.model,
        )
    return rpn


class _DownloadBar:
    """Shows the download of weights, if there is one."""

    def __init__(self) -> None:
        self._bar: tqdm[None] | None = None

    def __enter__(self) -> _DownloadBar:
        return self

    def __call__(self, done: int, total: int | None) -> None:
        if self._bar is None:
            from tqdm import tqdm

            self._bar = tqdm(
                desc=tr("weights"), total=total, unit="B", unit_scale=True, file=sys.stderr
            )
        self._bar.update(done - self._bar.n)

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()


def _settings(args: argparse.Namespace, rpn: Rpn) -> Settings:
    from rpn_core.settings.file import from_json

    settings = rpn.card.own_settings
    if args.settings:
        settings = from_json(read_file(args.settings), levels=len(rpn.card.strides))
    if args.max_proposals is not None:
        settings = replace(settings, nms=replace(settings.nms, post_nms_top_n=args.max_proposals))
    return settings


def _rows(
    rpn: Rpn, settings: Settings, photos: Sequence[PhotoPath], ids: ImageIds | None, tally: _Tally
) -> Iterator[CocoResult]:
    from tqdm import tqdm

    from rpn_core.models.runtime.threads import one_thread
    from rpn_core.models.scoring import NoScores
    from rpn_core.photo.reader import read_noted
    from rpn_core.proposers.plain import run_stages
    from rpn_core.proposers.rpn import RpnProposer
    from rpn_core.results.export import coco_results

    proposer = RpnProposer(rpn, settings)

    def tell(file: PhotoPath, sentence: str | Message) -> None:
        tqdm.write(f"{printable(file.path)}: {sentence}", file=sys.stderr)

    for number, file in enumerate(tqdm(photos, unit=tr("photo"), file=sys.stderr), 1):
        if ids is not None and file.name not in ids.of_photo:
            tally.skipped += 1
            tell(file, msg("skipped. The annotations do not list it."))
            continue
        try:
            rgb, notes = read_noted(read_file(file.path), file.name)
            for note in notes:
                tell(file, note)
            # What comes after the network sums in the order in which the page sums.
            with one_thread():
                stages = run_stages(proposer, rgb, on_notice=partial(tell, file))
        except NoScores:
            raise
        except UserError as error:
            tally.skipped += 1
            tell(file, msg("skipped. {error}", error=error))
            continue
        if ids is None:
            tally.done.append((number, file.name, rgb.shape[:2]))
            rows = coco_results(stages.proposals, file.name, number)
        else:
            image_id = ids.of_photo[file.name]
            rows = coco_results(stages.proposals, file.name, image_id, ids.category)
        tally.proposals += len(rows)
        yield from rows
