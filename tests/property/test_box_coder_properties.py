"""Decode and encode undo each other, and decode behaves as its formula says."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from rpn_core.geometry.box_coder import DELTA_CLAMP, decode, encode

CORNER = st.floats(-200, 1200, width=32)
SIDE = st.floats(1, 800, width=32)
SHIFT = st.floats(-3, 3, width=32)
GROWTH = st.floats(-3, 4, width=32)  # below the clamp, 4.135


def _rows(x: st.SearchStrategy, y: st.SearchStrategy) -> st.SearchStrategy:
    return st.lists(st.tuples(x, x, y, y), min_size=1, max_size=8)


def _boxes(rows: list[tuple[float, ...]]) -> Tensor:
    # in double precision: these are properties of the formula, not of rounding
    boxes = torch.tensor(rows, dtype=torch.float64)
    return torch.cat((boxes[:, :2], boxes[:, :2] + boxes[:, 2:]), 1)


@given(_rows(CORNER, SIDE), _rows(CORNER, SIDE))
def test_decode_undoes_encode_below_the_clamp(a: list, b: list) -> None:
    count = min(len(a), len(b))
    anchors, boxes = _boxes(a[:count]), _boxes(b[:count])
    deltas = encode(anchors, boxes)
    fits = (deltas[:, 2:] <= DELTA_CLAMP).all(1)
    torch.testing.assert_close(decode(anchors, deltas)[fits], boxes[fits])


@given(_rows(CORNER, SIDE), _rows(SHIFT, GROWTH))
def test_encode_undoes_decode(a: list, d: list) -> None:
    count = min(len(a), len(d))
    anchors, deltas = _boxes(a[:count]), torch.tensor(d[:count], dtype=torch.float64)
    torch.testing.assert_close(encode(anchors, decode(anchors, deltas)), deltas)


@given(_rows(CORNER, SIDE), _rows(SHIFT, GROWTH), st.floats(-500, 500), st.floats(0.1, 10))
def test_deltas_mean_the_same_anywhere_and_at_any_scale(
    a: list, d: list, shift: float, scale: float
) -> None:
    count = min(len(a), len(d))
    anchors, deltas = _boxes(a[:count]), torch.tensor(d[:count], dtype=torch.float64)
    moved = decode(anchors * scale + shift, deltas)
    torch.testing.assert_close(moved, decode(anchors, deltas) * scale + shift)


@given(_rows(CORNER, SIDE), _rows(SHIFT, st.floats(-3, 50)))
def test_a_decoded_box_has_area_and_a_bounded_growth(a: list, d: list) -> None:
    count = min(len(a), len(d))
    anchors, deltas = _boxes(a[:count]), torch.tensor(d[:count], dtype=torch.float64)
    decoded = decode(anchors, deltas)
    growth = (decoded[:, 2:] - decoded[:, :2]) / (anchors[:, 2:] - anchors[:, :2])
    assert (growth > 0).all()
    assert (growth <= 62.5 * (1 + 1e-9)).all()


@given(_rows(CORNER, SIDE))
def test_no_offset_leaves_the_anchor(a: list) -> None:
    anchors = _boxes(a)
    torch.testing.assert_close(decode(anchors, torch.zeros_like(anchors)), anchors)
