"""Decode and encode against torchvision's BoxCoder with the RPN's weights (1, 1, 1, 1)."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torchvision.models.detection._utils import BoxCoder

from rpn_core.geometry.box_coder import DELTA_CLAMP, decode, encode

THEIRS = BoxCoder(weights=(1.0, 1.0, 1.0, 1.0))


def _boxes(count: int) -> Tensor:
    corner = torch.rand(count, 2) * 1200 - 100
    return torch.cat((corner, corner + torch.rand(count, 2) * 500 + 0.5), 1)


@pytest.mark.parametrize("spread", [0.1, 1.0, 6.0], ids=["small", "usual", "past the clamp"])
def test_decode_agrees(spread: float) -> None:
    anchors, deltas = _boxes(999), torch.randn(999, 4) * spread
    theirs = THEIRS.decode(deltas, [anchors])[:, 0]
    torch.testing.assert_close(decode(anchors, deltas), theirs, rtol=1e-6, atol=1e-3)


def test_encode_agrees() -> None:
    anchors, boxes = _boxes(999), _boxes(999)
    theirs = THEIRS.encode([boxes], [anchors])[0]
    torch.testing.assert_close(encode(anchors, boxes), theirs, rtol=1e-6, atol=1e-6)


def test_no_anchors() -> None:
    empty = torch.empty(0, 4)
    assert decode(empty, empty).shape == THEIRS.decode_single(empty, empty).shape == (0, 4)
    assert encode(empty, empty).shape == (0, 4)


@pytest.mark.parametrize(
    ("growth", "factor"),
    [
        pytest.param(100.0, 62.5, id="far past the clamp: 1000 / 16"),
        pytest.param(DELTA_CLAMP, 62.5, id="at the clamp"),
        pytest.param(math.log(2), 2, id="inside"),
        pytest.param(-20.0, math.exp(-20), id="not clamped below"),
    ],
)
def test_only_growth_is_clamped(growth: float, factor: float) -> None:
    anchor = torch.tensor([[-8.0, -8, 8, 8]])
    for deltas in ([[0.0, 0, growth, 0]], [[0.0, 0, 0, growth]]):
        ours = decode(anchor, torch.tensor(deltas))
        torch.testing.assert_close(ours, THEIRS.decode(torch.tensor(deltas), [anchor])[:, 0])
        sides = (ours[0, 2:] - ours[0, :2]).tolist()
        assert max(sides) == pytest.approx(16 * max(factor, 1), rel=1e-5)
        assert min(sides) == pytest.approx(16 * min(factor, 1), rel=1e-5)


def test_a_shift_is_not_clamped() -> None:
    anchor, deltas = torch.tensor([[0.0, 0, 10, 20]]), torch.tensor([[30.0, -30, 0, 0]])
    # 30 widths of 10 to the right, 30 heights of 20 up
    assert decode(anchor, deltas).tolist() == [[300, -600, 310, -580]]
    assert torch.equal(decode(anchor, deltas), THEIRS.decode(deltas, [anchor])[:, 0])


@pytest.mark.parametrize("function", [decode, encode])
@pytest.mark.parametrize(
    ("anchors", "others"),
    [((3, 4), (2, 4)), ((3, 5), (3, 5)), ((4,), (4,)), ((1, 3, 4), (1, 3, 4))],
)
def test_shapes_must_agree(function, anchors, others) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=r"both must be \(R, 4\)"):
        function(torch.zeros(anchors), torch.zeros(others))
