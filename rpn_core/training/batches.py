"""What each step of a run sees: a function of the recipe and the step, in any process.

So a resumed run, more workers, or several processes that share a batch see the same images, the
same changes to them and the same anchor shapes.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from rpn_core.errors import UserError
from rpn_core.labels.labelled_images import LabelledImage
from rpn_core.messages import Message, nmsg
from rpn_core.stages.network_input import Preprocess
from rpn_core.training.augment import augment
from rpn_core.training.cut import Boxes, Rgb
from rpn_core.training.epochs import epoch_order
from rpn_core.training.mosaic import mosaic
from rpn_core.training.random_shapes import Shapes, random_shapes
from rpn_core.training.recipe import Recipe


@dataclass(frozen=True, eq=False, slots=True)
class StepBatch:
    """N images of one size, and what to learn on them.

    Attributes:
        step: from 0.
        images: where they come from, for messages.
        pixels: (N, 3, H, W) float32, normalised, zero-padded right and below.
        boxes: per image (G, 4) float32 xyxy, pixels of the network input.
        shapes: anchor shapes of each level.
        seeds: per image, for the sampling of its anchors.
        unreadable: images in whose places others came, and why they cannot be decoded.
        noted: images, and what was changed to read them.
    """

    step: int
    images: tuple[str, ...]
    pixels: Tensor
    boxes: tuple[Tensor, ...]
    shapes: tuple[Shapes, ...]
    seeds: tuple[int, ...]
    unreadable: tuple[tuple[str, Message], ...] = ()
    noted: tuple[tuple[str, Message], ...] = ()


@dataclass(slots=True)
class _Told:
    """What there is to say of the images of a batch, each thing once."""

    unreadable: dict[str, Message] = field(default_factory=dict)
    noted: dict[tuple[str, Message], None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Part:
    """Which images of each batch belong to this process: every `world`-th, from `rank` on."""

    rank: int = 0
    world: int = 1


class StepBatches(Dataset[StepBatch]):
    """Item i is what step i sees; images are read from disk when they are asked for.

    In the place of an image that cannot be decoded comes the next one that can. Where none can,
    asking for an item raises UserError.
    """

    def __init__(
        self,
        images: Sequence[LabelledImage],
        recipe: Recipe,
        preprocess: Preprocess,
        strides: tuple[int, ...],
        canonical: tuple[Shapes, ...],
        part: Part = Part(),
    ) -> None:
        self._images = images
        self._recipe = recipe
        self._preprocess = preprocess
        self._strides = strides
        self._canonical = canonical
        self._part = part
        self._epoch = -1
        self._order: list[int] = []

    def __len__(self) -> int:
        return self._recipe.steps

    def __getitem__(self, step: int) -> StepBatch:
        recipe, part = self._recipe, self._part
        draw = self._draw(step)
        long_side = draw.randint(*recipe.long_side)
        shapes = self._canonical
        if draw.random() >= recipe.canonical_share:
            shapes = random_shapes(self._strides, recipe, draw)
        chosen, parts, seeds = [], [], []
        told = _Told()
        images = self._images_of(step)
        for place in range(part.rank, recipe.batch_images, part.world):
            own = self._draw(step, place)
            name, photo = self._photo(images[place], own, told)
            chosen.append(name)
            parts.append(augment(*photo, long_side, recipe, self._preprocess, own))
            seeds.append(own.getrandbits(48))
        pixels = torch.zeros(
            len(parts), 3, *(max(p.shape[side] for p, _ in parts) for side in (1, 2))
        )
        for slot, (image_pixels, _) in zip(pixels, parts, strict=True):
            slot[:, : image_pixels.shape[1], : image_pixels.shape[2]] = image_pixels
        boxes = tuple(image_boxes for _, image_boxes in parts)
        return StepBatch(
            step, tuple(chosen), pixels, boxes, shapes, tuple(seeds),
            tuple(told.unreadable.items()), tuple(told.noted),
        )  # fmt: skip

    def _photo(self, image: int, draw: random.Random, told: _Told) -> tuple[str, tuple[Rgb, Boxes]]:
        """The name of an image, and it itself or a mosaic in which it has a part."""
        name, photo = self._decoded(image, told)
        if self._recipe.mosaic == 0 or draw.random() >= self._recipe.mosaic:
            return name, photo
        others = [draw.randrange(len(self._images)) for _ in range(3)]
        photos = [photo, *(self._decoded(other, told)[1] for other in others)]
        draw.shuffle(photos)
        height, width = photo[0].shape[:2]
        return name, mosaic((height, width), photos, draw)

    def _decoded(self, first: int, told: _Told) -> tuple[str, tuple[Rgb, Boxes]]:
        """Name, pixels and boxes of an image or, where it cannot be decoded, of the next."""
        count = len(self._images)
        for place in range(first, first + count):
            labelled = self._images[place % count]
            try:
                pixels, notes = labelled.read_noted()
            except UserError as error:
                told.unreadable[labelled.name] = error.message
                continue
            told.noted |= {(labelled.name, note): None for note in notes}
            return labelled.name, (pixels, labelled.boxes)
        raise UserError(
            nmsg(
                "The only image to learn from cannot be decoded: copy or export it again.",
                "None of the {count:,} images to learn from can be decoded: copy or export them "
                "again.",
                count=count,
            )
        )

    def _draw(self, *place: int) -> random.Random:
        return random.Random("/".join(map(str, (self._recipe.seed, *place))))

    def _images_of(self, step: int) -> list[int]:
        """Indices of a step's images, in the endless sequence of shuffled epochs."""
        size = self._recipe.batch_images
        epoch, place = divmod(step, -(-len(self._images) // size))
        if epoch != self._epoch:
            shuffle = random.Random(f"{self._recipe.seed}/epoch/{epoch}")
            tall = [image.tall for image in self._images]
            self._order, self._epoch = epoch_order(tall, size, shuffle), epoch
        return self._order[place * size : (place + 1) * size]


class _OrError(Dataset[StepBatch | UserError]):
    """Batches, or why there is none: what a worker raises would come with its traceback."""

    def __init__(self, batches: StepBatches) -> None:
        self._batches = batches

    def __getitem__(self, step: int) -> StepBatch | UserError:
        try:
            return self._batches[step]
        except UserError as error:
            return error


def step_loader(batches: StepBatches, first: int, workers: int) -> Iterator[StepBatch]:
    """Hand out the batches from step `first` on, in order.

    Args:
        workers: processes that read ahead, two batches each; 0 reads in this process.
    Raises:
        UserError: as asking for a batch does.
    """
    loader = DataLoader(
        _OrError(batches),
        batch_size=None,
        sampler=range(first, len(batches)),
        num_workers=workers,
    )
    for found in loader:
        if isinstance(found, UserError):
            raise found
        yield found
