"""Each run of a page computes on one thread, whatever another visitor's run does meanwhile."""

from __future__ import annotations

import torch

from rpn_core.models.rpn import Rpn
from rpn_core.models.runtime.threads import network_threads

OTHER_ANCHORS = ("0.7", "0.8")  # nothing of theirs is kept


def test_a_run_beside_another_s_network_keeps_to_one_thread(open_app, monkeypatch):
    """With two the head's sums have another order: the digits would depend on who else is there."""
    used = []
    head_outputs = Rpn.head_outputs

    def noted(self, features, anchors):
        used.append(torch.get_num_threads())
        return head_outputs(self, features, anchors)

    monkeypatch.setattr(Rpn, "head_outputs", noted)
    open_app(scale=OTHER_ANCHORS[0])
    assert used == [1]
    used.clear()
    monkeypatch.setattr(
        "rpn_core.models.runtime.threads._ALL", 2
    )  # as with two cores, where it is one
    with network_threads():
        open_app(scale=OTHER_ANCHORS[1])
    assert used == [1]
