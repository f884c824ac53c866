"""The photo's way into the network and the boxes' way back, against GeneralizedRCNNTransform."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch
from torchvision.models.detection.transform import GeneralizedRCNNTransform, _resize_image_and_masks

from rpn_core.geometry.frame import Frame
from rpn_core.settings import InputSettings
from rpn_core.stages.ledger import Ledger
from rpn_core.stages.network_input import NetworkInput, Preprocess, prepare_input, resized_hw
from rpn_core.stages.pre_nms import Selection
from rpn_core.stages.proposals import read_proposals

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
LIKE_TORCHVISION = Preprocess(MEAN, STD, size_divisor=32, antialias=False)

# (photo height, width), (min_side, max_side)
CASES = [
    pytest.param((1, 1), (448, 448), id="one pixel"),
    pytest.param((1, 500), (800, 1333), id="strip one pixel high"),
    pytest.param((500, 1), (320, 640), id="strip one pixel wide"),
    pytest.param((61, 97), (320, 640), id="small, both sides odd"),
    pytest.param((600, 800), (600, 1000), id="already at size"),
    pytest.param((600, 800), (800, 1333), id="grows to the short-side rule"),
    pytest.param((333, 500), (800, 1333), id="VOC size"),
    pytest.param((800, 1333), (800, 1333), id="both limits exactly"),
    pytest.param((800, 1334), (800, 1333), id="one pixel past the long side"),
    pytest.param((799, 1333), (800, 1333), id="one pixel short of the short side"),
    pytest.param((300, 1400), (800, 1333), id="long-side rule"),
    pytest.param((1400, 300), (800, 1333), id="long-side rule, tall"),
    pytest.param((1578, 1723), (800, 1333), id="single precision would give 799"),
    pytest.param((97, 61), (64, 64), id="shrinks a little, without smoothing"),
]


def _photo(hw: tuple[int, int]) -> np.ndarray:
    return np.random.default_rng(7).integers(0, 256, (*hw, 3), dtype=np.uint8)


def _reference(min_side: int, max_side: int) -> GeneralizedRCNNTransform:
    return GeneralizedRCNNTransform(min_side, max_side, list(MEAN), list(STD)).eval()


@pytest.mark.parametrize(("hw", "sides"), CASES)
def test_sizes_and_pixels_agree(hw: tuple[int, int], sides: tuple[int, int]) -> None:
    rgb = _photo(hw)
    ours = prepare_input(rgb, InputSettings(*sides), LIKE_TORCHVISION)
    image = torch.from_numpy(rgb).permute(2, 0, 1).float().div(255)
    theirs, _ = _reference(*sides)([image])

    assert ours.original_hw == hw
    assert ours.image_hw == theirs.image_sizes[0]
    assert ours.padded_hw == tuple(theirs.tensors.shape[-2:])
    assert ours.pixels.dtype == torch.float32
    torch.testing.assert_close(ours.pixels, theirs.tensors, rtol=0, atol=1e-6)


def test_padding_is_exactly_zero_and_only_right_and_below() -> None:
    ours = prepare_input(_photo((61, 97)), InputSettings(64, 128), LIKE_TORCHVISION)
    assert ours.image_hw == (64, 101)
    assert ours.padded_hw == (64, 128)
    assert (ours.pixels[..., 101:] == 0).all()
    assert (ours.pixels[..., :101] != 0).all()


def test_hundreds_of_sizes_agree_to_the_pixel() -> None:
    draw = random.Random(3)
    for _ in range(200):
        hw = (draw.randint(20, 2500), draw.randint(20, 2500))
        sides = draw.choice([(800, 1333), (448, 448), (320, 640), (600, 1000), (64, 2048)])
        # On the meta device torchvision computes the shape and no pixels.
        theirs, _ = _resize_image_and_masks(torch.empty(3, *hw, device="meta"), *sides)
        assert resized_hw(hw, InputSettings(*sides)) == tuple(theirs.shape[-2:]), (hw, sides)


def test_a_side_never_vanishes_where_torchvision_gives_up() -> None:
    with pytest.raises(RuntimeError):
        _resize_image_and_masks(torch.zeros(3, 1, 10_000), 800, 1333)
    assert resized_hw((1, 10_000), InputSettings(800, 1333)) == (1, 1333)


@pytest.mark.parametrize(("hw", "sides"), CASES)
def test_mapping_back_agrees(hw: tuple[int, int], sides: tuple[int, int]) -> None:
    image_hw = resized_hw(hw, InputSettings(*sides))
    network_input = NetworkInput(torch.empty(0), Frame(hw, image_hw), image_hw)
    boxes = torch.rand(50, 4) * torch.tensor([*image_hw[::-1], *image_hw[::-1]])
    theirs = _reference(*sides).postprocess([{"boxes": boxes}], [image_hw], [hw])[0]["boxes"]
    assert torch.equal(network_input.frame.to_original(boxes), theirs)


def test_whole_input_maps_to_the_whole_photo() -> None:
    network_input = NetworkInput(torch.empty(0), Frame((333, 500), (800, 1201)), (800, 1216))
    whole = torch.tensor([[0.0, 0.0, 1201.0, 800.0]])
    torch.testing.assert_close(
        network_input.frame.to_original(whole), torch.tensor([[0.0, 0.0, 500.0, 333.0]])
    )


def test_proposals_are_the_kept_boxes_in_the_ledgers_order() -> None:
    boxes = torch.tensor([[0.0, 0, 10, 10], [1, 1, 2, 2], [4, 6, 8, 10]])
    scores = torch.tensor([0.5, 0.1, 0.9])
    selection = Selection(boxes, scores, torch.empty(0), torch.empty(0))
    none = torch.empty(0)
    ledger = Ledger(none, none, none, torch.tensor([2, 0]), none)
    # twice as wide and three times as high as the network saw it
    network_input = NetworkInput(none, Frame((300, 200), (100, 100)), (128, 128))
    proposals = read_proposals(selection, ledger, network_input.frame)
    assert proposals.boxes.tolist() == [[8, 18, 16, 30], [0, 0, 20, 30]]
    assert proposals.scores.tolist() == pytest.approx([0.9, 0.5])
    assert proposals.prediction.tolist() == [2, 0]
