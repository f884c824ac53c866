"""How a training run is shown: a progress bar, lines for a log, TensorBoard where it is there."""

from __future__ import annotations

import sys
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from rpn_core.cli.labelled_data import LabelledData
from rpn_core.evaluation.proposed import propose
from rpn_core.evaluation.recall import COUNTS, RecallCounter
from rpn_core.figures.proposal_picture import proposal_picture
from rpn_core.geometry.size_groups import ALL
from rpn_core.messages import Message, ntr, tr
from rpn_core.models.catalogue.card import ModelCard
from rpn_core.models.networks.any_anchor import AnyAnchorNetwork
from rpn_core.training.as_proposer import proposer_of
from rpn_core.training.loop import StepReport

LINE_EVERY = 20
PICTURES, BOXES_SHOWN = 4, 20


class TrainingWatch:
    """Tells of each step, and validates at each checkpoint.

    Args:
        folder: where TensorBoard's files go.
        data: what is learnt from; images of it that cannot be decoded are left out there.
        validation: images to measure recall on; None is fine.
    """

    def __init__(
        self, folder: Path, card: ModelCard, data: LabelledData, validation: LabelledData | None
    ) -> None:
        self._card = card
        self._data = data
        self._validation = validation
        self._bar: tqdm[None] | None = None
        self._folder = folder

    def unreadable(self, image: str, why: Message) -> None:
        self._data.leave_out(image, why)

    def noted(self, image: str, note: Message) -> None:
        self._data.note(image, note)

    def step(self, report: StepReport) -> None:
        words = {
            tr("objectness"): f"{report.objectness:.4f}",
            tr("box"): f"{report.box:.4f}",
            tr("positives/image"): f"{report.positives_per_image:.1f}",
            tr("images/s"): f"{report.images_per_second:.1f}",
        }
        if sys.stderr.isatty():
            if self._bar is None:
                self._bar = tqdm(total=report.steps, initial=report.step - 1, unit=tr("step"))
            self._bar.set_postfix(words, refresh=False)
            self._bar.update()
        elif report.step % LINE_EVERY == 0:
            told = "  ".join(f"{name} {value}" for name, value in words.items())
            line = tr(
                "step {step}/{steps}  {numbers}  {minutes:.0f} min left",
                step=report.step,
                steps=report.steps,
                numbers=told,
                minutes=report.seconds_left / 60,
            )
            print(line, file=sys.stderr, flush=True)
        if self._board and report.step % LINE_EVERY == 0:
            for name, value in (
                ("loss/objectness", report.objectness), ("loss/box", report.box),
                ("positives_per_image", report.positives_per_image),
                ("learning_rate", report.learning_rate),
                ("images_per_second", report.images_per_second),
            ):  # fmt: skip
                self._board.add_scalar(name, value, report.step)

    def checkpoint(self, step: int, average: AnyAnchorNetwork) -> None:
        if self._validation is None:
            return
        proposer, counter = proposer_of(average, self._card), RecallCounter()
        seen = 0
        for labelled in self._validation.images:
            rgb = self._validation.pixels_of(labelled)
            if rgb is None:
                continue
            boxes = propose(proposer, rgb).boxes
            counter.add(boxes, labelled.boxes.astype(np.float64))
            if self._board and seen < PICTURES:
                picture = proposal_picture(rgb, boxes[:BOXES_SHOWN], labelled.boxes)
                self._board.add_image(f"proposals/{seen}", picture, step, dataformats="HWC")
            seen += 1
        if not seen:
            return
        [recall] = counter.recall([ALL])
        numbers = {f"AR@{n}": recall.average(n) for n in COUNTS}
        told = "  ".join(f"{name} {value:.3f}" for name, value in numbers.items())
        line = ntr(
            "step {step}, {count} image of --val: {numbers}",
            "step {step}, {count} images of --val: {numbers}",
            count=seen,
            step=step,
            numbers=told,
        )
        tqdm.write(line, file=sys.stderr)
        if self._board:
            for name, value in numbers.items():
                self._board.add_scalar(f"validation/{name}", value, step)

    @cached_property
    def _board(self) -> Any:
        """Made when it is first written to: of several processes only one writes."""
        return _tensorboard(self._folder)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
        if self.__dict__.get("_board"):
            self._board.close()


def _tensorboard(folder: Path) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        told = tr("No curves: `pip install tensorboard` for scalars and pictures.")
        print(told, file=sys.stderr)
        return None
    return SummaryWriter(str(folder / "tensorboard"))
