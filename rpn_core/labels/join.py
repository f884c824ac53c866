"""Several parts of a data set as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rpn_core.labels.label_set import LabelSet


def join_label_sets(parts: Sequence[LabelSet]) -> LabelSet:
    """Put sets one behind the other; categories of the same name become one.

    Image ids stay if they differ everywhere; otherwise the images are renumbered.
    """
    if len(parts) == 1:
        return parts[0]
    places: dict[str, int] = {}
    renamed = []
    for one in parts:
        # The last entry is what -1, none of them, stays.
        table = [places.setdefault(name, len(places)) for name in one.categories]
        renamed.append(np.array([*table, -1], np.int64)[one.category])
    firsts = np.cumsum([0, *(len(one.names) for one in parts)])
    ids = np.concatenate([one.image_ids for one in parts])
    if len(set(ids.tolist())) < len(ids):
        ids = np.arange(len(ids))
    return LabelSet(
        tuple(name for one in parts for name in one.names),
        np.concatenate([one.sizes_hw for one in parts]),
        ids,
        tuple(places),
        np.concatenate([one.boxes for one in parts]),
        np.concatenate([one.image + first for one, first in zip(parts, firsts, strict=False)]),
        np.concatenate(renamed),
        np.concatenate([one.crowd for one in parts]),
        np.concatenate([one.difficult for one in parts]),
    )


def in_folder(labels: LabelSet, folder: str) -> LabelSet:
    """The same set with its image names below a folder."""
    if not folder:
        return labels
    return replace(labels, names=tuple(f"{folder}/{name}" for name in labels.names))
