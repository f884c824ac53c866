"""Which framework's a part of a text is, told by the class that it names, else by its entries."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rpn_core.errors import UserError
from rpn_core.frameworks import detectron2, mmdetection_text, retinanets, torchvision, yolo_text
from rpn_core.frameworks.cells import read_cells
from rpn_core.frameworks.listed import WrittenList, read_lists, ssd_sides
from rpn_core.frameworks.parts import Part
from rpn_core.frameworks.pasted import Draft, Pasted, is_number, shown
from rpn_core.frameworks.yolo import LIST
from rpn_core.messages import msg

_SIZES = ("sizes", "anchor_sizes")
_RATIOS = ("aspect_ratios", "anchor_ratios", "ratios")
_MMDET_ONLY = ("scales", "octave_base_scale", "scales_per_octave")
_MMDET_KINDS = ("LegacyAnchorGenerator", "SSDAnchorGenerator", "LegacySSDAnchorGenerator",
                "YOLOAnchorGenerator", "FakeRotatedAnchorGenerator")  # fmt: skip
_ROTATED = "RotatedAnchorGenerator"
_DETECTRON2 = ("DefaultAnchorGenerator", _ROTATED)
# Guided Anchoring's two, of which the first has the shapes.
_APPROX, _SQUARE = "approx_anchor_generator", "square_anchor_generator"
_GUIDED = msg(
    "Its head predicts the shapes of its anchors itself; these are those that it is trained "
    "against."
)


@dataclass(frozen=True, slots=True)
class Text:
    """What every reader needs beside its part.

    Attributes:
        text: as pasted, for comments.
        strides: of the model.
        parts: all of them, for what stands elsewhere in the text.
    """

    text: str
    strides: tuple[int, ...]
    parts: Sequence[Part]


Reader = Callable[[Part, Text, Draft], Pasted]


def read_parts(whole: Text) -> Pasted | None:
    """Read the part that describes anchors; of several the clearest, or else the first.

    Returns:
        None where no part does.
    Raises:
        UserError: that part cannot be used.
    """
    for recognise in _KINDS:
        found = [(part, reader) for part in whole.parts if (reader := recognise(part))]
        if found:
            part, reader = found[0]
            draft = Draft()
            _tell_others(draft, [part for part, _ in found])
            return reader(part, whole, draft)
    return None


def _tell_others(draft: Draft, found: Sequence[Part]) -> None:
    labels = [part.label.rpartition(".")[2] for part in found]
    if labels[0] in (_APPROX, _SQUARE) or any("square" in label for label in labels):
        draft.lose(
            msg(
                "Guided Anchoring has two generators, {names}: {taken} is taken. {about}",
                names=labels,
                taken=labels[0],
                about=_GUIDED,
            )
        )
        return
    others = [p for p in found[1:] if p.called() and _entries(p) != _entries(found[0])]
    if others:
        names = [part.called() for part in (found[0], *others)]
        draft.lose(
            msg(
                "The text has more than one anchor configuration, {names}: the first is taken.",
                names=names[:5],
            )
        )


def _entries(part: Part) -> list[Any]:
    """All that a part says, to tell whether two say the same."""
    said = list[Any]()
    for value in (*part.arguments, *(part.values[name] for name in sorted(part.values))):
        try:
            said.append(value(""))
        except UserError as error:
            said.append(str(error))
    return [part.name, sorted(part.values), said]


# ---- by the class ----------------------------------------------------------------------------


def _by_class(part: Part) -> Reader | None:
    name = part.name
    if name in _DETECTRON2 and not part.has(*_MMDET_ONLY):
        if part.has("SIZES", "ASPECT_RATIOS"):
            return _detectron2_yaml
        return _lazy if part.has("sizes", "aspect_ratios") or part.arguments else None
    if name in _MMDET_KINDS or name == _ROTATED:
        return _mmdetection
    if name == "AnchorGenerator":
        mmdet = part.is_dict or part.has(*_MMDET_ONLY) or len(part.arguments) > 2
        return _mmdetection if mmdet else _torchvision
    if name == "DefaultBoxGenerator":
        return _torchvision_ssd
    if name.endswith("AnchorGenerator"):
        return _not_read
    return None


def _by_entries(part: Part) -> Reader | None:
    holder = part.label.rpartition(".")[2]
    if part.has("SIZES") or (holder == "ANCHOR_GENERATOR" and part.has("ASPECT_RATIOS")):
        return _detectron2_yaml
    if part.has(*retinanets.EFFICIENT_DET_KEYS):
        return _efficient_det
    generator = holder.lower().endswith(("anchor_generator", "prior_generator"))
    if generator and part.has("sizes", "aspect_ratios"):
        return _lazy
    if part.has("anchor_scales", "octave_base_scale") and not part.has("anchor_sizes"):
        return _mmdetection
    if part.has("scales") and part.has("strides", "ratios"):
        return _mmdetection
    if generator and part.has(*mmdetection_text.ARGUMENTS):
        return _mmdetection
    if part.has(*_SIZES) and part.has(*_RATIOS):
        return _torchvision
    return None


def _by_anchors(part: Part) -> Reader | None:
    return _yolo if part.has("anchors", "ANCHORS", "anchor_list") else None


def _by_sizes(part: Part) -> Reader | None:
    return _torchvision if part.has(*_SIZES) and not part.name else None


# The clearest first: a later one is asked where no part of the text is known to an earlier one.
_KINDS: tuple[Callable[[Part], Reader | None], ...] = (
    _by_class,
    _by_entries,
    _by_anchors,
    _by_sizes,
)


# ---- readers ---------------------------------------------------------------------------------


def _not_read(part: Part, whole: Text, draft: Draft) -> Pasted:
    raise UserError("{name} is not read here: only AnchorGenerator is.", name=part.name[:40])


def _torchvision(part: Part, whole: Text, draft: Draft) -> Pasted:
    overruled = next((p for p in whole.parts if _is_of(p, part) and p.has("cell_anchors")), None)
    if overruled is not None:
        cells = overruled.get("cell_anchors")
        return read_cells(cells, whole.strides, torchvision.KEY, draft)
    part = part.by_position("sizes", "aspect_ratios")
    size_name = next((name for name in _SIZES if part.has(name)), None)
    if size_name is None:
        raise UserError("AnchorGenerator has no sizes: write sizes=((32,), (64,), ...).")
    sizes = part.get(size_name)
    ratio_name = next((name for name in _RATIOS if part.has(name)), None)
    ratios: Any = ((0.5, 1.0, 2.0),)  # torchvision's own default
    if ratio_name is not None:
        ratios = part.get(ratio_name)
    elif len(whole.strides) > 1:
        ratios = ratios[0]
    return torchvision.read(sizes, ratios, whole.text, whole.strides, draft)


def _is_of(assigned: Part, part: Part) -> bool:
    """Whether these are assignments to what a call has made: `g = f(...)`, `g.x = ...`."""
    return not assigned.name and assigned.label in (part.label, "")


def _lazy(part: Part, whole: Text, draft: Draft) -> Pasted:
    part = part.by_position("sizes", "aspect_ratios", "strides", "angles", "offset")
    override = not part.name
    if not part.has("sizes"):
        raise UserError("{name} has no {missing}.", name=part.called(), missing="sizes")
    if not part.has("aspect_ratios") and not override:
        raise UserError("{name} has no {missing}.", name=part.called(), missing="aspect_ratios")
    if not part.has("aspect_ratios"):
        draft.remark(
            msg(
                "The text overrides sizes alone: for the rest, ratios 0.5, 1, 2 and offset 0 are "
                "taken, as in detectron2's own configs."
            )
        )
    _tell_rotated(part, draft, "angles")
    written = part.get("strides")
    offset = part.get("offset", 0.0 if override else 0.5)  # of the class
    return detectron2.read(
        part.get("sizes"),
        part.get("aspect_ratios", [0.5, 1.0, 2.0]),
        offset,
        whole.text,
        whole.strides,
        written_strides=None if written is None else mmdetection_text.read_strides(written),
        lazy=True,
        draft=draft,
    )


def _detectron2_yaml(part: Part, whole: Text, draft: Draft) -> Pasted:
    if part.name not in ("", *_DETECTRON2):
        raise UserError("{name} is not read here: only AnchorGenerator is.", name=part.name[:40])
    if not part.has("SIZES"):
        raise UserError(
            "SIZES is missing: an override takes it from its _BASE_, which is not pasted. Add it, "
            "like {example}.",
            example="SIZES: [[32], [64], [128], [256]]",
        )
    _tell_rotated(part, draft, "ANGLES")
    sizes = part.get("SIZES")
    return detectron2.read(
        sizes,
        part.get("ASPECT_RATIOS", [[0.5, 1.0, 2.0]]),
        part.get("OFFSET", 0.0),  # of detectron2's default config
        whole.text,
        whole.strides,
        written_strides=_strides_of_features(whole, sizes),
        lazy=False,
        draft=draft,
    )


def _strides_of_features(whole: Text, sizes: Any) -> tuple[float, ...] | None:
    """Strides of the maps that detectron2's RPN or RetinaNet takes, where the text names them."""
    names = None
    for part in whole.parts:
        if part.label.rpartition(".")[2] in ("RPN", "RETINANET") and part.has("IN_FEATURES"):
            names = part.plain("IN_FEATURES")
        elif part.plain("META_ARCHITECTURE") == "RetinaNet" and names is None:
            names = ("p3", "p4", "p5", "p6", "p7")  # its default
    if not isinstance(names, list | tuple) or not isinstance(sizes, list | tuple):
        return None
    pyramid = [re.fullmatch(r"p(\d)", str(name), re.ASCII) for name in names]
    strides = tuple(float(2 ** int(match[1])) for match in pyramid if match)
    return strides if len(strides) == len(names) == len(sizes) > 1 else None


def _tell_rotated(part: Part, draft: Draft, angles_name: str) -> None:
    if part.name != _ROTATED and not part.has(angles_name):
        return
    angles = part.get(angles_name, [[-90, 0, 90]])  # detectron2's default
    first = angles[0] if isinstance(angles, list | tuple) and angles else angles
    each = first if isinstance(first, list | tuple) else angles
    draft.lose(
        msg(
            "{name} is not the plain generator: it turns each box by the angles {angles}. The app "
            "lays upright boxes only: sizes and ratios are read, the angles are not.",
            name=_ROTATED,
            angles=list(each)[:8] if isinstance(each, list | tuple) else shown(each),
        )
    )


def _mmdetection(part: Part, whole: Text, draft: Draft) -> Pasted:
    part = part.by_position("strides", "ratios", "scales", "base_sizes")
    names = (
        *mmdetection_text.ARGUMENTS,
        *mmdetection_text.OLD_NAMES,
        *mmdetection_text.SSD_ARGUMENTS,
    )
    if part.name.startswith("GA"):
        draft.lose(msg("{name} is Guided Anchoring. {about}", name=part.name, about=_GUIDED))
    if "Rotated" in part.name:
        draft.lose(
            msg(
                "{name} is for rotated boxes: its anchors start upright and are read, but not how "
                "the head turns them.",
                name=part.name,
            )
        )
    return mmdetection_text.read(part.known(names), part.name, whole.text, whole.strides, draft)


def _efficient_det(part: Part, whole: Text, draft: Draft) -> Pasted:
    names = ("anchor_scale", "num_scales", "aspect_ratios", "anchors_scales", "anchors_ratios",
             "min_level", "max_level")  # fmt: skip
    return retinanets.read_efficient_det(part.known(names), whole.strides)


def _yolo(part: Part, whole: Text, draft: Draft) -> Pasted:
    if part.mapping is not None and part.has("anchors"):
        return yolo_text.read_yaml(part.mapping, whole.text, whole.strides)
    name = next(name for name in ("anchors", "ANCHORS", "anchor_list") if part.has(name))
    return yolo_text.read_nested(
        part.get(name),
        whole.strides,
        LIST,
        written=part.get("strides", part.get("stride")),
        masks=part.get("anchor_masks", part.get("masks")),
    )


def _torchvision_ssd(part: Part, whole: Text, draft: Draft) -> Pasted:
    """Shares of the image: scale k and sqrt(scale k x scale k+1), and the ratios of scale k.

    Source: torchvision's DefaultBoxGenerator._generate_wh_pairs.
    """
    part = part.by_position("aspect_ratios", "min_ratio", "max_ratio", "scales", "steps")
    side = _image_side(whole)
    missing = [name for name in ("aspect_ratios", "scales", "steps") if not part.has(name)]
    if side is None:
        missing.append("size")
    if missing or side is None:
        raise UserError(
            "DefaultBoxGenerator counts in shares of the image. The text lacks {missing}: its "
            "boxes need aspect_ratios, scales, steps and the image's size, like {example}.",
            missing=missing,
            example="size=(300, 300)",
        )
    ratios, scales, steps = (part.get(name) for name in ("aspect_ratios", "scales", "steps"))
    strides = mmdetection_text.read_strides(steps)
    if (
        not isinstance(ratios, list | tuple)
        or not isinstance(scales, list | tuple)
        or not len(ratios) == len(scales) - 1 == len(strides)
        or not all(is_number(scale) and scale > 0 for scale in scales)
        or not all(_are_positive(level) for level in ratios)
    ):
        raise UserError(
            "DefaultBoxGenerator needs one list of ratios and one step for each level, and one "
            "scale more."
        )
    lists = [
        WrittenList(ssd_sides(side * scale, side * (scale * following) ** 0.5, level), stride)
        for level, scale, following, stride in zip(
            ratios, scales[:-1], scales[1:], strides, strict=True
        )
    ]
    draft.remark(
        msg("DefaultBoxGenerator counts in shares of the image: of {side:g} px here.", side=side)
    )
    return read_lists(draft, LIST, lists, whole.strides)


def _are_positive(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(is_number(r) and r > 0 for r in value)


def _image_side(whole: Text) -> float | None:
    """The image's size, beside the generator: `size=(300, 300)`, or the third of `SSD(...)`."""
    for part in whole.parts:
        part = part.by_position("backbone", "generator", "size") if part.name == "SSD" else part
        try:
            size = part.get("size")
        except UserError:
            continue
        side = size[0] if isinstance(size, list | tuple) and size else size
        if is_number(side) and side > 0:
            return float(side)
    return None
