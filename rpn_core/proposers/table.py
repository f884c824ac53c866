"""Every kind of proposer that can stand beside a model: one row each.

Cheap to import: each row imports what it needs when it is called.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rpn_core.proposers.base import Proposer
    from rpn_core.proposers.rpn import RpnProposer


def _anchors_alone(model: RpnProposer) -> Proposer:
    from rpn_core.proposers.anchors_alone import AnchorsAlone

    return AnchorsAlone(model)


def _selective_search(model: RpnProposer) -> Proposer:
    from rpn_core.proposers.selective_search import SelectiveSearch

    return SelectiveSearch(model.settings.input)


# What the command line calls it -> how it is made for a model with settings.
BESIDE: dict[str, Callable[[RpnProposer], Proposer]] = {
    "anchors": _anchors_alone,
    "selective-search": _selective_search,
}
