"""Out of memory: what is tried next, what is said, and when it is given up."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from rpn_core.errors import UserError
from rpn_core.models.forward_queue import ForwardQueue
from rpn_core.models.step_down import run_with_step_down
from rpn_core.settings import InputSettings
from tests.tiny_rpn import tiny_rpn

RGB = np.zeros((512, 512, 3), dtype=np.uint8)
SETTINGS = InputSettings(min_side=512, max_side=512)
CUDA_WORDS = torch.OutOfMemoryError("CUDA out of memory.")
CPU_WORDS = RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: ...")


class Greedy(nn.Module):
    """Fails above a number of pixels a side; counts what it was asked for."""

    def __init__(self, network: nn.Module, largest: int, error: Exception) -> None:
        super().__init__()
        self.network = network
        self.largest = largest
        self.error = error
        self.asked: list[int] = []

    def forward(self, pixels):
        self.asked.append(pixels.shape[-1])
        if pixels.shape[-1] > self.largest:
            raise self.error
        return self.network(pixels)


def run(largest, error=CPU_WORDS):
    rpn = tiny_rpn()
    greedy = Greedy(rpn.network, largest, error)
    return greedy, lambda: run_with_step_down(
        tiny_rpn(network=greedy), RGB, SETTINGS, queue=ForwardQueue()
    )


@pytest.mark.parametrize("error", [CUDA_WORDS, CPU_WORDS], ids=["class", "words"])
@pytest.mark.parametrize(
    ("largest", "asked", "said"),
    [
        (512, [512], ""),
        (
            256,
            [512, 256],
            "CPU ran out of memory, so the network saw the photo smaller, at 256 px (at most "
            "256 px).",
        ),
        (
            128,
            [512, 256, 128],
            "CPU ran out of memory, so the network saw the photo smaller, at 128 px (at most "
            "128 px).",
        ),
    ],
)
def test_steps(largest, asked, said, error):
    greedy, forward = run(largest, error)
    result = forward()
    assert greedy.asked == asked
    assert result.sentence == said
    assert result.network_input.padded_hw == (asked[-1], asked[-1])
    assert result.features.grids_hw == ((asked[-1] // 16, asked[-1] // 16),)


def test_when_nothing_fits_it_is_said_and_the_queue_goes_on():
    greedy, forward = run(64)
    with pytest.raises(UserError, match="memory of this machine does not suffice for tiny"):
        forward()
    assert greedy.asked == [512, 256, 128]


def test_another_error_is_not_taken_for_a_lack_of_memory():
    greedy, forward = run(64, RuntimeError("sizes do not match"))
    with pytest.raises(RuntimeError, match="sizes do not match"):
        forward()
    assert greedy.asked == [512]


def test_an_accelerator_s_last_resort_is_the_cpu_at_full_size():
    class FullAccelerator(nn.Module):
        """ "meta" stands in for a GPU that never has memory."""

        def forward(self, pixels):
            if pixels.device.type == "meta":
                raise CUDA_WORDS
            return (pixels[:, :1],)

    rpn = tiny_rpn(network=FullAccelerator(), device=torch.device("meta"))
    result = run_with_step_down(rpn, RGB, SETTINGS, queue=ForwardQueue())
    assert result.rpn.device.type == "cpu"
    assert rpn.device.type == "meta"
    assert result.network_input.padded_hw == (512, 512)
    assert result.sentence == "META ran out of memory, so the CPU was used."
