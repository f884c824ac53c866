"""Soft-NMS passes over what lies apart and drops early: never with another result."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from rpn_core.nms.soft import Decay, soft_nms
from tests.unit.test_nms_soft import plain_soft_nms

SIDE = st.integers(0, 6)
BOX = st.tuples(st.integers(0, 40), st.integers(0, 40), SIDE, SIDE, st.integers(1, 8))


@given(
    st.lists(BOX, max_size=80),
    st.sampled_from(("linear", "gaussian")),
    st.sampled_from((0.0, 0.1, 0.5, 1.0)),
    st.sampled_from((0.05, 0.5, 10.0)),
    st.sampled_from((0.0, 0.01, 0.5)),
)
def test_equal_to_the_plain_loop(
    rows: list[tuple[int, ...]], decay: Decay, iou_thresh: float, sigma: float, lowest: float
) -> None:
    table = torch.tensor(rows, dtype=torch.float32).reshape(-1, 5)
    boxes = torch.cat((table[:, :2], table[:, :2] + table[:, 2:4]), 1)
    scores = table[:, 4] / 8
    kept, decayed, by, iou = soft_nms(
        boxes, scores, decay, iou_thresh=iou_thresh, sigma=sigma, score_thresh=lowest
    )
    wanted_kept, wanted_scores, wanted_by = plain_soft_nms(
        boxes, scores, decay, iou_thresh, sigma, lowest
    )
    assert kept.tolist() == wanted_kept
    assert by.tolist() == wanted_by
    np.testing.assert_allclose(decayed.numpy(), wanted_scores, rtol=1e-5, atol=1e-37)
    assert torch.equal(iou > 0, by >= 0)
