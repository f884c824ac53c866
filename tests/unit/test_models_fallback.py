"""Out of memory: what is tried next, what is said, and when it is given up."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from rpn_core.errors import UserError
from rpn_core.models.catalogue.table import CARDS, DEFAULT_MODEL
from rpn_core.models.fallback import again_if_lost, run_with_fallback
from rpn_core.models.rpn import Rpn, WeightsState
from rpn_core.models.runtime import device_lost
from rpn_core.models.runtime.forward_queue import ForwardQueue
from rpn_core.settings import InputSettings
from tests.tiny_rpn import tiny_rpn

RGB = np.zeros((512, 512, 3), dtype=np.uint8)
SETTINGS = InputSettings(min_side=512, max_side=512)
CUDA_WORDS = torch.OutOfMemoryError("CUDA out of memory.")
CPU_WORDS = RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: ...")


def test_those_who_wait_hold_no_pixels():
    queue = ForwardQueue()
    decoded: list[float] = []

    def decode():
        decoded.append(queue.running_for())
        return RGB

    with queue.turn():
        waiter = threading.Thread(
            target=run_with_fallback, args=(tiny_rpn(), decode, SETTINGS), kwargs={"queue": queue}
        )
        waiter.start()
        while not queue.waiting:
            time.sleep(0.001)
        assert decoded == []
    waiter.join()
    assert len(decoded) == 1
    assert decoded[0] > 0


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
    return greedy, lambda: run_with_fallback(
        tiny_rpn(network=greedy), RGB, SETTINGS, queue=ForwardQueue()
    )


@pytest.mark.parametrize("error", [CUDA_WORDS, CPU_WORDS], ids=["class", "words"])
@pytest.mark.parametrize(
    ("largest", "asked", "said"),
    [
        (512, [512], None),
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
    assert (result.sentence and str(result.sentence)) == said
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
            return (pixels[:, :1],), (pixels[:, :1],)

    rpn = tiny_rpn(network=FullAccelerator(), device=torch.device("meta"))
    result = run_with_fallback(rpn, RGB, SETTINGS, queue=ForwardQueue())
    assert result.rpn.device.type == "cpu"
    assert rpn.device.type == "meta"
    assert result.network_input.padded_hw == (512, 512)
    assert str(result.sentence) == "META ran out of memory, so the CPU was used."


def test_python_s_own_lack_of_memory_steps_down_as_well():
    greedy, forward = run(256, MemoryError())
    assert str(forward().sentence).startswith("CPU ran out of memory, so the network saw the photo")
    assert greedy.asked == [512, 256]


@pytest.fixture
def _nothing_lost(monkeypatch):
    monkeypatch.setattr(device_lost, "_lost", set())


class LostAccelerator(nn.Module):
    """ "meta" stands in for a GPU that fails in its third pass, for good."""

    def __init__(self, words: str, *, weights: bool) -> None:
        super().__init__()
        self.words = words
        self.passes: list[str] = []
        if weights:  # tensors that lie on the device and cannot be read any more
            self.weight = nn.Parameter(torch.zeros(1, device="meta"), requires_grad=False)

    def forward(self, pixels):
        self.passes.append(pixels.device.type)
        if pixels.device.type == "meta" and len(self.passes) >= 3:
            raise RuntimeError(self.words)
        return (pixels[:, :1],), (pixels[:, :1],)


WORDS = [
    "CUDA error: an illegal memory access was encountered\nCUDA kernel errors might be ...",
    "CUDA error: unspecified launch failure",
    "cuDNN error: CUDNN_STATUS_EXECUTION_FAILED",
    "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
]


@pytest.mark.usefixtures("_nothing_lost")
@pytest.mark.parametrize("words", WORDS)
def test_a_gpu_lost_mid_run_is_replaced_by_the_cpu(words):
    network = LostAccelerator(words, weights=False)
    rpn = tiny_rpn(network=network, device=torch.device("meta"))
    results = [run_with_fallback(rpn, RGB, SETTINGS, queue=ForwardQueue()) for _ in range(5)]
    assert [result.rpn.device.type for result in results] == ["meta", "meta", "cpu", "cpu", "cpu"]
    lost = "META stopped working, so the CPU was used."
    assert [str(result.sentence) for result in results] == ["None", "None", lost, lost, lost]
    # The size that was asked for, and the lost device is not tried again.
    assert all(result.network_input.padded_hw == (512, 512) for result in results)
    assert network.passes[:3] == ["meta"] * 3


@pytest.mark.usefixtures("_nothing_lost")
def test_weights_on_a_lost_gpu_are_read_from_their_file_again():
    rpn = tiny_rpn(network=LostAccelerator(WORDS[0], weights=True), device=torch.device("meta"))
    rpn.network.passes += ["", ""]
    rpn = replace(rpn, state=WeightsState.BUNDLED, card=CARDS[DEFAULT_MODEL])
    result = run_with_fallback(rpn, RGB, SETTINGS, queue=ForwardQueue())
    assert result.rpn.device.type == "cpu"
    assert result.rpn.card.name == DEFAULT_MODEL
    assert len(result.features.rpn) == len(rpn.card.strides)


@pytest.mark.usefixtures("_nothing_lost")
def test_a_checkpoint_of_one_s_own_that_went_with_the_gpu_is_asked_for():
    rpn = tiny_rpn(network=LostAccelerator(WORDS[0], weights=True), device=torch.device("meta"))
    rpn.network.passes += ["", ""]
    rpn = replace(rpn, state=WeightsState.OWN_CHECKPOINT)
    queue = ForwardQueue()
    with pytest.raises(UserError, match=r"META stopped working.*choose the CPU as the device"):
        run_with_fallback(rpn, RGB, SETTINGS, queue=queue)
    assert queue.waiting == 0
    assert queue.running_for() == 0


@pytest.mark.usefixtures("_nothing_lost")
def test_a_defect_on_the_cpu_is_not_taken_for_a_lost_gpu():
    greedy, forward = run(64, RuntimeError("CUDA error: but on the CPU"))
    with pytest.raises(RuntimeError, match="but on the CPU"):
        forward()
    assert greedy.asked == [512]


@pytest.mark.usefixtures("_nothing_lost")
def test_a_gpu_that_is_lost_between_network_and_head_is_one_sentence(monkeypatch):
    rpn = tiny_rpn(network=LostAccelerator(WORDS[0], weights=False), device=torch.device("meta"))

    def fail(*_):
        raise RuntimeError(WORDS[0])

    monkeypatch.setattr(type(rpn), "_levels", fail)
    with pytest.raises(UserError, match="META stopped working, and the features"):
        rpn.head_outputs(None, None)
    assert device_lost.is_lost(rpn.device)


@pytest.mark.usefixtures("_nothing_lost")
def test_what_is_lost_between_network_and_head_is_made_again_on_the_cpu(monkeypatch):
    class Working(nn.Module):
        """ "meta" stands in for a GPU that fails only after the network."""

        def forward(self, pixels):
            maps = (torch.zeros(1, 1, pixels.shape[2] // 16, pixels.shape[3] // 16),)
            return maps, maps

        def outputs(self, level, wh, stride):
            anchors = 9 * level[0, 0].numel()
            return torch.zeros(1, anchors), torch.zeros(1, anchors, 4)

    levels = Rpn._levels

    def fail(self, *args):
        if self.device.type == "meta":
            raise RuntimeError(WORDS[0])
        return levels(self, *args)

    monkeypatch.setattr(Rpn, "_levels", fail)
    rpn = tiny_rpn(network=Working(), device=torch.device("meta"))
    told, forgotten, tries = [], [], []

    def run():
        tries.append(1)
        forward = run_with_fallback(rpn, RGB, SETTINGS, queue=ForwardQueue())
        told.append(str(forward.sentence))
        return forward.made_with, forward.rpn.head_outputs(
            forward.features, forward.rpn.trained_anchors(forward.features)
        )

    made_with, outputs = again_if_lost(run, lambda: forgotten.append(len(tries)))
    assert made_with == ("cpu", (512, 512))
    assert len(outputs.objectness_logits) == 9 * 32 * 32
    assert told == ["None", "META stopped working, so the CPU was used."]
    assert forgotten == [1]  # once, before the second try


def test_any_other_refusal_is_no_reason_to_try_again():
    tries = []

    def run():
        tries.append(1)
        raise UserError("damaged weights")

    with pytest.raises(UserError, match="damaged weights"):
        again_if_lost(run)
    assert len(tries) == 1


def test_the_seconds_are_the_network_s_own_not_those_in_line():
    queue, taken = ForwardQueue(), threading.Event()

    def hold():
        with queue.turn():
            taken.set()
            time.sleep(1.5)

    holder = threading.Thread(target=hold)
    holder.start()
    taken.wait()
    began = time.perf_counter()
    result = run_with_fallback(tiny_rpn(), RGB, SETTINGS, queue=queue)
    whole = time.perf_counter() - began
    holder.join()
    assert 0 < result.seconds < whole - 1
