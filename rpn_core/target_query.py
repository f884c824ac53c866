"""The settings of training targets as a part of the same URL query, beside `settings_query`'s.

fg=0.6&bg=0.2&seed=7
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from rpn_core.query_keys import choice_key, number_key, read_over, written
from rpn_core.settings import LossForm, TargetSettings

_KEYS = (
    number_key("fg", "match", "fg_iou_thresh"),
    number_key("bg", "match", "bg_iou_thresh"),
    choice_key("lowq", "match", "allow_low_quality", {"0": False, "1": True}),
    choice_key("nocross", "match", "drop_cross_border", {"0": False, "1": True}),
    number_key("crowd", "match", "crowd_iof_thresh"),
    number_key("batch", "sample", "batch_size_per_image", integer=True),
    number_key("pos", "sample", "positive_fraction"),
    number_key("seed", "sample", "seed", integer=True),
    choice_key("loss", "loss", "form", {name: name for name in get_args(LossForm)}),
    number_key("lambda", "loss", "reg_lambda"),
    number_key("beta", "loss", "beta"),
)
TARGET_QUERY_KEYS = tuple(key.key for key in _KEYS)


def targets_to_query(settings: TargetSettings) -> dict[str, str]:
    """Write what differs from torchvision's settings.

    >>> from rpn_core.settings import MatchSettings
    >>> targets_to_query(TargetSettings(match=MatchSettings(fg_iou_thresh=0.6)))
    {'fg': '0.6'}
    """
    return written(_KEYS, settings, TargetSettings())


def targets_from_query(mapping: Mapping[str, str]) -> tuple[TargetSettings, tuple[str, ...]]:
    """Read a query over torchvision's settings; never raises for anything that a link may hold.

    Returns:
        the settings, and one sentence for each value that could not be read or did not fit.

    >>> targets_from_query({"fg": "2", "seed": "7"})[1]
    ("The link's fg=2 was ignored: it must be a number from 0.05 to 1 (IoU).",)
    """
    return read_over(_KEYS, mapping, TargetSettings())
