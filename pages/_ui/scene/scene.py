"""What the canvas draws: one photo, its anchors and, where they mean something, its scores.

Letters: R anchors, G ground-truth objects.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from rpn_core.anchors.lay import Anchors
from rpn_core.figures.palette import SCORE_STOPS, LineStyle
from rpn_core.geometry.frame import Frame
from rpn_core.labels.objects import Objects
from rpn_core.messages import Message, msg
from rpn_core.stages.ledger import Ledger
from rpn_core.stages.predictions import Predictions
from rpn_core.stages.stage_results import StageResults

PHOTO_LONG_SIDE = 1600
_CLASS = msg("class")
Words = Message | str  # said in the language of the run that draws them; a str as it is
ViewHint = Literal[
    "proposals",
    "anchors",
    "before_nms",
    "suppressed",
    "heat",
    "offsets",
    "classes",
    "values",
    "nms",
]


@dataclass(frozen=True, slots=True)
class DisplayPhoto:
    """The photo as the browser gets it.

    Attributes:
        id: names these very bytes; the browser keeps photos by it.
        encoded: JPEG.
    """

    id: str
    encoded: bytes


@dataclass(frozen=True, eq=False, slots=True)
class Outcome:
    """What a proposer whose scores mean something said, and how each of its R boxes ended."""

    predictions: Predictions
    ledger: Ledger


@dataclass(frozen=True, slots=True)
class ClassStyle:
    """A kind of anchor or of object: its name and how its outline is drawn.

    Attributes:
        name: for people ("low-quality positive").
        line: tells the kind apart from the others by dash or width too, not by colour alone.
        shown: whether anchors of this kind are drawn until a person switches them on or off.
    """

    name: Message
    line: LineStyle
    shown: bool = True


@dataclass(frozen=True, eq=False, slots=True)
class ObjectStates:
    """A state for each of G objects ("has no positive"), told by its line.

    Attributes:
        of: (G,) uint8, place in `styles`.
        styles: names and lines of the states.
    """

    of: NDArray[np.uint8]
    styles: tuple[ClassStyle, ...]


@dataclass(frozen=True, eq=False, slots=True)
class AnchorClasses:
    """A class for each of R anchors ("positive", "ignored", ...); drawn on the anchors.

    Attributes:
        of: (R,) uint8, place in `styles`.
        styles: the classes, those that matter most first: they are drawn above the others.
        name: of the distinction, as in "Colour by: match".
    """

    of: Tensor
    styles: tuple[ClassStyle, ...]
    name: Message = _CLASS


@dataclass(frozen=True, eq=False, slots=True)
class AnchorValues:
    """A number for each of R anchors ("loss"), told by colour.

    Attributes:
        values: (R,) float32; NaN where an anchor has none: it is not drawn in these colours.
        name: for people, as in "Colour by: loss".
        unit: behind the number; "" for none.
        limits: values at the ends of the colour scale; None: the lowest and highest there are.
        stops: the colour scale, from 0 to 1.
    """

    values: Tensor
    name: Message
    unit: str = ""
    limits: tuple[float, float] | None = None
    stops: tuple[tuple[float, str], ...] = SCORE_STOPS


@dataclass(frozen=True, eq=False, slots=True)
class Survival:
    """Which of M candidates survive greedy NMS at each of 101 thresholds, for a slider to read.

    Attributes:
        order: (M,) int64, the candidates' anchors, best score first.
        masks: (M, 2) uint64 in that order (`rpn_core.nms_analysis.survival.survival_masks`).
        threshold: the one in force, by which the scene's ledger was closed.
        post_nms_top_n: the best survivors that are kept.
    """

    order: NDArray[np.int64]
    masks: NDArray[np.uint64]
    threshold: float
    post_nms_top_n: int


@dataclass(frozen=True, slots=True)
class Chosen:
    """A box that the page selects on the canvas; `number` grows with every such choice."""

    anchor: int
    number: int


@dataclass(frozen=True, eq=False, slots=True)
class Scene:
    """One picture for the canvas.

    Attributes:
        photo: the picture below the boxes.
        frame: what boxes are in pixels of, and how that lies in the photo.
        anchors: R anchors, which the browser lays itself; None for boxes that come from no grid.
        level_names: one a level, for people ("P3").
        outcome: None when scores would mean nothing; only image and anchors are drawn then.
        score_note: one sentence on what to think of the scores; says why when there are none.
        view_hint: which layers are on at first; a person's own choice stays until it changes.
        objects: ground truth, drawn above everything else, its categories beside the boxes; None
            where the page knows of none.
        object_states: a state for each object, or None: all are drawn alike.
        objects_numbered: whether each object says its number, from 1 in their order, as in tables.
        objects_editable: whether they can be drawn, moved, resized and deleted on the canvas.
        objects_revision: changes whenever they changed otherwise than on the canvas. Edits that
            were made before such a change are refused, and can no longer be undone.
        classes: a class for each anchor, or None.
        values: a number for each anchor, or None.
        survival: what the slider and the playback of NMS read; None where there is neither.
        chosen: a box that was selected outside of the canvas, or None.
    """

    photo: DisplayPhoto
    frame: Frame
    anchors: Anchors | None
    level_names: tuple[Words, ...]
    outcome: Outcome | None
    score_note: Words = ""
    view_hint: ViewHint = "proposals"
    objects: Objects | None = None
    object_states: ObjectStates | None = None
    objects_numbered: bool = False
    objects_editable: bool = False
    objects_revision: str = ""
    classes: AnchorClasses | None = None
    values: AnchorValues | None = None
    survival: Survival | None = None
    chosen: Chosen | None = None

    def __len__(self) -> int:
        """R."""
        if self.outcome is not None:
            return len(self.outcome.predictions)
        return 0 if self.anchors is None else len(self.anchors)


def encode_photo(rgb: NDArray[np.uint8], sha256: str) -> DisplayPhoto:
    """Shrink a photo to what a screen shows and encode it; worth caching by `sha256`.

    Args:
        rgb: (H, W, 3) uint8, the original photo.
        sha256: of the file that it came from.
    """
    image = Image.fromarray(rgb)
    factor = PHOTO_LONG_SIDE / max(image.size)
    if factor < 1:
        size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
        image = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=88)
    return DisplayPhoto(f"{sha256}-{image.width}x{image.height}", buffer.getvalue())


def scene_from_stages(
    stages: StageResults,
    photo: DisplayPhoto,
    level_names: tuple[Words, ...],
    *,
    score_note: Words = "",
    view_hint: ViewHint = "proposals",
) -> Scene:
    """Collect what the canvas draws from the results of all stages.

    Objects, classes and values are put into it with `dataclasses.replace`.
    """
    return Scene(
        photo,
        stages.predictions.frame,
        stages.predictions.anchors,
        level_names,
        Outcome(stages.predictions, stages.ledger),
        score_note,
        view_hint,
    )
