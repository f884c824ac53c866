"""Which column of a table of boxes holds what: by its header, or by what the columns hold.

With a header, columns are known by name, in any order and case, and others are passed over:

    image                filename, file_name, path, image_id, frame, ... of several the one that
                         holds file names
    x1 y1 x2 y2          xmin ymin xmax ymax, x_min ..., left top right bottom, Roi.X1 ...
    x y w h              bbox_x ...; instead of x2 y2; `width` and `height` then are the box's
    cx cy w h            x_center y_center ...
    bbox                 "[x, y, w, h]" in one column, as on Kaggle
    region_shape_attributes, region_attributes    of the VGG Image Annotator
    category             class, class_name, label, labelname, name
    width height         image_width, img_width, ...: of the image
    IsGroupOf, iscrowd; difficult                 flags
    ImageID, XMin, XMax, YMin, YMax, IsGroupOf    Open Images: fractions of the image

Without one:

    path,x1,y1,x2,y2,category                     RetinaNet's and torchvision's scripts
    category,x,y,w,h,image,width,height           make-sense
    image,width,height,category,x1,y1,x2,y2       TensorFlow's object detection, header lost
    set,path,category,x1,y1,,,x2,y2,,             AutoML Vision: fractions of the image
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from rpn_core.errors import UserError
from rpn_core.labels.stores.image_source import ImageSource
from rpn_core.messages import msg
from rpn_core.photo.kinds import is_picture_name

_IMAGE = (
    "image", "filename", "file_name", "file", "path", "image_path", "image_name", "img", "image_id",
    "imageid", "frame",
)  # fmt: skip
_CORNERS = (
    ("x1", "xmin", "x_min", "left", "roi.x1", "upper_left_corner_x"),
    ("y1", "ymin", "y_min", "top", "roi.y1", "upper_left_corner_y"),
    ("x2", "xmax", "x_max", "right", "roi.x2", "lower_right_corner_x"),
    ("y2", "ymax", "y_max", "bottom", "roi.y2", "lower_right_corner_y"),
)
_SIDES = (
    ("w", "bbox_width", "bbox_w", "box_width", "width"),
    ("h", "bbox_height", "bbox_h", "box_height", "height"),
)
_XYWH = (("x", "bbox_x", *_CORNERS[0]), ("y", "bbox_y", *_CORNERS[1]), *_SIDES)
_CENTRE = (
    ("cx", "xc", "x_center", "x_centre", "center_x", "xcenter"),
    ("cy", "yc", "y_center", "y_centre", "center_y", "ycenter"),
    *_SIDES,
)
_LIST = ("bbox", "box", "bounding_box")
_VIA = "region_shape_attributes"
_CATEGORY = (
    "category", "class", "class_name", "label", "labelname", "label_name", "name", "annotation_tag",
    "region_attributes", "class_id", "classid",
)  # fmt: skip
_WIDTH = ("image_width", "img_width", "width")
_HEIGHT = ("image_height", "img_height", "height")
_CROWD = ("isgroupof", "iscrowd", "is_crowd", "crowd")
_DIFFICULT = ("difficult", "isdifficult", "is_difficult")
_OPEN_IMAGES = {"imageid", "xmin", "xmax", "ymin", "ymax", "isgroupof"}
_MOST_OF_RETINANET = 7  # columns, one of them perhaps of the user's own
_SETS = ("TRAIN", "TRAINING", "VALIDATION", "VALIDATE", "TEST", "UNASSIGNED")
_URI = re.compile(r"^[a-z0-9]+://")
ACCEPTED = msg(
    "a header with image, x1, y1, x2, y2 and perhaps category, width, height, or lines "
    "path,x1,y1,x2,y2,category"
)


class Written(Enum):
    """How a line writes its box."""

    CORNERS = auto()  # x1 y1 x2 y2
    XYWH = auto()  # x y w h
    CENTRE = auto()  # cx cy w h
    LIST = auto()  # x y w h in one column
    VIA = auto()  # a shape in JSON
    VERTICES = auto()  # x and y of two or four corners


@dataclass(frozen=True, slots=True)
class Columns:
    """Where in a line each thing stands; -1 where there is none.

    Attributes:
        box: as many as `written` needs.
        fractions: whether the box is in fractions of the image.
    """

    image: int
    box: tuple[int, ...]
    written: Written = Written.CORNERS
    category: int = -1
    width: int = -1
    height: int = -1
    crowd: int = -1
    difficult: int = -1
    fractions: bool = False

    @property
    def last(self) -> int:
        """The last column that a line cannot do without."""
        needed = self.box[:4] if self.written is not Written.VERTICES else ()
        return max(self.image, *needed, 0)


def columns_of(
    rows: Sequence[Sequence[str]], images: ImageSource, shown: str
) -> tuple[Columns, bool] | None:
    """The columns of a table by its first rows, and whether the first of them is a header.

    Returns:
        None where it is no table of boxes.
    Raises:
        UserError: it has boxes, but its columns do not say of which image.
    """
    header, body = rows[0], rows[1:]
    named = _by_name(header)
    if named is not None:
        return _with_images(named, header, body, images, shown), True
    found = _by_content(rows, images)
    if found is not None:
        return found, False
    if _is_number_row(header, 1) and not _names_images(rows, 0, images):
        raise _no_image(0, header, rows, images, shown)
    return None


# ---- by name ---------------------------------------------------------------------------------


def _by_name(header: Sequence[str]) -> Columns | None:
    """The columns by their names; image is -1 where none is called so."""
    named = {field.strip().lower().replace(" ", "_"): place for place, field in enumerate(header)}

    def place(names: Sequence[str], taken: Sequence[int] = ()) -> int:
        return next((named[n] for n in names if n in named and named[n] not in taken), -1)

    def places(columns: Sequence[Sequence[str]]) -> tuple[int, ...]:
        found = tuple(map(place, columns))
        return () if -1 in found else found

    box: tuple[int, ...] = (named[_VIA],) if _VIA in named else ()
    written = Written.VIA
    for columns, way in (
        (_CORNERS, Written.CORNERS), (_XYWH, Written.XYWH), (_CENTRE, Written.CENTRE),
        ((_LIST,), Written.LIST),
    ):  # fmt: skip
        if not box:
            box, written = places(columns), way
    if not box:
        return None
    image = place(_IMAGE, box)
    return Columns(
        image, box, written, place(_CATEGORY, (image, *box)), place(_WIDTH, box),
        place(_HEIGHT, box), place(_CROWD), place(_DIFFICULT), named.keys() >= _OPEN_IMAGES,
    )  # fmt: skip


def _with_images(
    found: Columns,
    header: Sequence[str],
    body: Sequence[Sequence[str]],
    images: ImageSource,
    shown: str,
) -> Columns:
    """Of several columns that may name images, the one that does."""
    names = [field.strip().lower().replace(" ", "_") for field in header]
    called = [names.index(name) for name in _IMAGE if name in names]
    free = [place for place in called if place not in found.box]
    naming = [place for place in free if _names_images(body, place, images)]
    if naming:
        return replace(found, image=naming[0])
    others = [
        place
        for place in range(len(header))
        if place not in (*free, *found.box) and _names_images(body, place, ImageSource())
    ]
    if others:
        raise _no_image(found.image, header, body, images, shown)
    if found.image < 0:
        raise UserError(
            "{file} has boxes but no column that says of which image: give {accepted}.",
            file=shown,
            accepted=ACCEPTED,
        )
    return found


# ---- by content ------------------------------------------------------------------------------


def _by_content(rows: Sequence[Sequence[str]], images: ImageSource) -> Columns | None:
    """The columns of a known tool's table without a header."""
    first = rows[0]  # what is wrong with another is said of its line
    if _is_number_row(first, 1):
        if _names_images(rows, 0, images) and len(first) <= _MOST_OF_RETINANET:
            return Columns(0, (1, 2, 3, 4), category=5)
        if _is_number_row(first, 6, 2) and _names_images(rows, 5, images):
            return Columns(5, (1, 2, 3, 4), Written.XYWH, 0, 6, 7)
    elif (
        _is_number_row(first, 1, 2)
        and _is_number_row(first, 4)
        and any(map(str.strip, first[4:8]))
        and _names_images(rows, 0, images)
    ):
        return Columns(0, (4, 5, 6, 7), category=3, width=1, height=2)
    for image in (1, 0):  # the set may be left out
        sets = image == 0 or first[0].strip().upper() in ("", *_SETS)
        corner = image + 2
        if sets and _is_vertex_row(first, corner) and _names_images(rows, image, images):
            places = tuple(range(corner, corner + 8))
            return Columns(image, places, Written.VERTICES, image + 1, fractions=True)
    return None


def _is_number_row(row: Sequence[str], first: int, count: int = 4) -> bool:
    """Whether numbers, or nothing at all, stand in columns from `first` on."""
    part = row[first : first + count]
    return len(part) == count and all(
        not field.strip() or number_of(field) is not None for field in part
    )


def _is_vertex_row(row: Sequence[str], first: int) -> bool:
    """Whether x1,y1,,,x2,y2,, or four corners stand there, as fractions, or nothing."""
    part = [field.strip() for field in row[first : first + 8]]
    if not any(part):
        return len(row) > first - 1
    numbers = [number_of(field) for field in part if field]
    return len(part) >= 6 and all(one is not None and -0.01 <= one <= 1.01 for one in numbers)


def _names_images(rows: Sequence[Sequence[str]], place: int, images: ImageSource) -> bool:
    """Whether most of a column names images: by their endings, or because such images came."""
    held = [row[place].strip() for row in rows if place < len(row) and row[place].strip()]
    named = sum(is_picture_name(_URI.sub("", one)) or bool(images.find(one)) for one in held)
    return named > len(held) / 2


def _no_image(
    called: int,
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    images: ImageSource,
    shown: str,
) -> UserError:
    """What to say where the column that should name images does not."""
    names = next((p for p in range(max(map(len, rows))) if _names_images(rows, p, images)), None)
    held = next((row[called] for row in rows if 0 <= called < len(row) and row[called].strip()), "")
    if names is None:
        return UserError(
            "Column {column} of {file} holds {held!r}, which is no file name of an image, and no "
            "other column holds one: give {accepted}.",
            column=called + 1,
            file=shown,
            held=held.strip()[:40],
            accepted=ACCEPTED,
        )
    example = next(row[names] for row in rows if names < len(row) and row[names].strip())
    if called < 0:
        return UserError(
            "{file} has boxes but no column called image: column {other} ({example!r}) looks like "
            "the one, so call it image in the header.",
            file=shown,
            other=names + 1,
            example=example.strip()[:40],
        )
    return UserError(
        "Column {column} of {file} holds {held!r}, which is no file name of an image; column "
        "{other} ({example!r}) looks like one: write a header with image, x1, y1, x2, y2 (or x, "
        "y, w, h) over the columns.",
        column=called + 1,
        file=shown,
        held=held.strip()[:40],
        other=names + 1,
        example=example.strip()[:40],
    )


def number_of(field: str) -> float | None:
    """A finite number, or None."""
    try:
        value = float(field)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
