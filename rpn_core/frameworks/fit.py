"""The levels of a text laid on the levels of a model: by stride where both are known."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rpn_core.counts import count_levels
from rpn_core.errors import UserError
from rpn_core.frameworks.exported import Levels, tuple_of, tuple_of_tuples
from rpn_core.frameworks.pasted import Draft
from rpn_core.messages import Message, msg, nmsg
from rpn_core.settings import AnchorConvention, AnchorSettings, number_of
from rpn_core.settings.spelling import spell


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a level of the model has its anchors from: a level of the text, and a factor."""

    level: int
    factor: float = 1.0


def fit(
    draft: Draft,
    sizes: Levels,
    ratios: Levels,
    strides: tuple[int, ...],
    *,
    shared: bool,
    offset: float,
    convention: AnchorConvention,
    written_strides: tuple[float, ...] | None = None,
) -> AnchorSettings:
    """Anchors for each level of the model: sizes and ratios go together.

    Levels that belong to strides of their own go to the model's level of the same stride; else
    levels are matched in order.

    Args:
        ratios: of one level, or of each level of the text.
        shared: the framework lays one list of ratios on all levels.
        written_strides: of the text, one for each list of sizes.
    Raises:
        UserError: a level would be left without sizes or ratios, or past the largest size.
    """
    if written_strides is not None and len(written_strides) != len(sizes):
        raise UserError(
            nmsg(
                "strides has {count} entry, but there are sizes for {sizes}: both need one entry "
                "for each level.",
                "strides has {count} entries, but there are sizes for {sizes}: both need one entry "
                "for each level.",
                count=len(written_strides),
                sizes=count_levels(len(sizes)),
            )
        )
    ratios = _ratios_of_each(draft, ratios, len(sizes), len(strides), shared=shared)
    if written_strides is None:
        sizes, ratios = _turned(draft, sizes, ratios)
    if len(strides) == 1 and len(sizes) > 1:
        return AnchorSettings(
            *_joined(draft, sizes, ratios, strides),
            offset=offset,
            convention=convention,
        )
    if len(sizes) == 1 and len(strides) > 1 and written_strides is None:
        split = _split(draft, sizes, strides)
        if split:
            return AnchorSettings(split, ratios * len(split), offset=offset, convention=convention)
    sources = _sources(draft, sizes, strides, written_strides)
    fitted = tuple(_in_step(sizes[each.level], each.factor) for each in sources)
    beside = tuple(ratios[each.level] for each in sources)
    if written_strides is None:
        fitted, beside = _turned(draft, fitted, beside)
    return AnchorSettings(fitted, beside, offset=offset, convention=convention)


def _ratios_of_each(
    draft: Draft, ratios: Levels, sizes: int, model: int, *, shared: bool
) -> Levels:
    """One list of ratios for each list of sizes."""
    if len(ratios) == sizes:
        return ratios
    if len(ratios) == 1:
        if not shared:
            draft.mend(
                msg(
                    "aspect_ratios is for 1 level, sizes for {sizes}: {ratios} belongs on each "
                    "level.",
                    sizes=sizes,
                    ratios=tuple_of(ratios[0]),
                )
            )
        return ratios * sizes
    if sizes == 1 and len(set(ratios)) == 1:
        return ratios[:1]  # the sizes will be told to need one list a level
    if len(set(ratios)) > 1:
        raise UserError(
            "aspect_ratios is for {ratios}, sizes for {sizes}, and the lists differ: which ratios "
            "belong to which sizes? Write as many lists of both.",
            ratios=count_levels(len(ratios)),
            sizes=count_levels(sizes),
        )
    draft.mend(
        nmsg(
            "aspect_ratios is for {ratios}, sizes for {sizes}, but both need one list for the "
            "model's level.",
            "aspect_ratios is for {ratios}, sizes for {sizes}, but both need one list for each "
            "of the model's {count} levels.",
            count=model,
            ratios=count_levels(len(ratios)),
            sizes=sizes,
        )
    )
    return ratios[:1] * sizes


def _turned(draft: Draft, sizes: Levels, ratios: Levels) -> tuple[Levels, Levels]:
    ends = [[end(level) for level in sizes if level] for end in (min, max)]
    if len(ends[0]) < 2 or any(each != sorted(set(each), reverse=True) for each in ends):
        return sizes, ratios
    draft.mend(
        msg(
            "The finest level has the largest sizes: levels go from the smallest stride to "
            "the largest, so the order is turned round."
        )
    )
    return sizes[::-1], ratios[::-1]


def _joined(
    draft: Draft, sizes: Levels, ratios: Levels, strides: tuple[int, ...]
) -> tuple[Levels, Levels]:
    """All levels of the text on the only one of the model."""
    joined = (tuple(sorted({size for level in sizes for size in level})),)
    every = tuple(dict.fromkeys(ratio for level in ratios for ratio in level))
    draft.mend(
        msg(
            "You gave {given}, the model has {model}: all belong in one list, {joined}.",
            given=_lists(sizes),
            model=levels_text(strides),
            joined=tuple_of_tuples(joined),
        )
    )
    if len(set(ratios)) > 1:
        draft.mend(
            msg(
                "The levels have ratios of their own: all of them, {ratios}, go with each size.",
                ratios=tuple_of(every),
            )
        )
    return joined, (every,)


def _split(draft: Draft, sizes: Levels, strides: tuple[int, ...]) -> Levels:
    """The one list of the text cut into one a level, where that comes out even."""
    levels = len(strides)
    if len(sizes[0]) % levels:
        return ()
    per = len(sizes[0]) // levels
    ascending = tuple(sorted(sizes[0]))
    split = tuple(ascending[i * per : (i + 1) * per] for i in range(levels))
    draft.mend(
        msg(
            "sizes is nested wrongly: {written} is one level with {number} sizes, but the "
            "model has {model}: write {split}.",
            written=tuple_of_tuples(sizes),
            number=len(sizes[0]),
            model=levels_text(strides),
            split=tuple_of_tuples(split),
        )
    )
    return split


def _sources(
    draft: Draft, sizes: Levels, strides: tuple[int, ...], written: tuple[float, ...] | None
) -> Sequence[_Source]:
    count, levels = len(sizes), len(strides)
    if written is not None and set(written) != set(strides):
        _tell_strides(draft, written, strides)
        return [_nearest(written, stride) for stride in strides]
    if written is not None:
        if len(set(written)) < len(written):
            raise UserError("strides has {strides}: each stands once.", strides=list(written))
        return [_Source(written.index(stride)) for stride in strides]
    if count == levels:
        return [_Source(level) for level in range(levels)]
    given, model = _lists(sizes), levels_text(strides)
    if count > levels:
        draft.mend(
            msg(
                "You gave {given}, the model has {model}: the last ({lost}) must go.",
                given=given,
                model=model,
                lost=[spell(size) for level in sizes[levels:] for size in level],
            )
        )
        return [_Source(level) for level in range(levels)]
    fitted = [_Source(level) for level in range(count)] + [
        _Source(count - 1, stride / strides[count - 1]) for stride in strides[count:]
    ]
    added = tuple(_in_step(sizes[each.level], each.factor) for each in fitted[count:])
    draft.mend(
        msg(
            "You gave {given}, the model has {model}: {added} is added, in step with the stride.",
            given=given,
            model=model,
            added=tuple_of_tuples(added),
        )
    )
    return fitted


def _nearest(written: tuple[float, ...], stride: int) -> _Source:
    level = min(range(len(written)), key=lambda i: abs(math.log2(written[i] / stride)))
    return _Source(level, stride / written[level])


def _tell_strides(draft: Draft, written: tuple[float, ...], strides: tuple[int, ...]) -> None:
    gone = [spell(stride) for stride in written if stride not in strides]
    new = [str(stride) for stride in strides if stride not in written]
    text, model = levels_text(written), levels_text(strides)
    if not new:
        draft.mend(
            msg(
                "The text is for {text}, the model has {model}: stride {gone} is left out.",
                text=text,
                model=model,
                gone=gone,
            )
        )
    elif not gone:
        draft.mend(
            msg(
                "The text is for {text}, the model has {model}: stride {new} gets the sizes of "
                "its neighbour in step.",
                text=text,
                model=model,
                new=new,
            )
        )
    else:
        draft.mend(
            msg(
                "The text is for {text}, the model has {model}: stride {gone} is left out and "
                "stride {new} gets the sizes of its neighbour in step.",
                text=text,
                model=model,
                gone=gone,
                new=new,
            )
        )


def _in_step(sizes: tuple[float, ...], factor: float) -> tuple[float, ...]:
    """Sizes of another level.

    Raises:
        UserError: one is past the range, where two levels would meet at its end.
    """
    if factor == 1:
        return sizes
    moved = tuple(size * factor for size in sizes)
    low, high = number_of("anchors.sizes").low, number_of("anchors.sizes").high
    beyond = [size for size in moved if not low <= size <= high]
    if beyond:
        raise UserError(
            "The text lacks levels that the model has. In step with the stride one would have a "
            "size of {size:.4g} px, but sizes go from {low:g} to {high:g}: write one list for "
            "each of the model's levels.",
            size=beyond[0],
            low=low,
            high=high,
        )
    return moved


def levels_text(strides: tuple[float, ...]) -> Message:
    """`2 levels (strides 8, 16)`."""
    return nmsg(
        "{count} level (stride {strides})",
        "{count} levels (strides {strides})",
        count=len(strides),
        strides=[spell(stride) for stride in strides],
    )


def _lists(sizes: Levels) -> Message:
    """`6 sizes`, or `6 lists of sizes` where a level has several."""
    if all(len(level) == 1 for level in sizes):
        return nmsg("{count} size", "{count} sizes", count=len(sizes))
    return nmsg("{count} list of sizes", "{count} lists of sizes", count=len(sizes))
