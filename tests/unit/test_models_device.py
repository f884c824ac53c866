"""Which device and precision are chosen, and what is said when they cannot be had."""

from __future__ import annotations

import pytest
import torch

from rpn_core.errors import UserError
from rpn_core.models.runtime import device
from rpn_core.models.runtime.device import choose_device, choose_dtype


def offer(monkeypatch, *, cuda: bool, mps: bool) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)


@pytest.mark.parametrize(
    ("cuda", "mps", "best"),
    [(True, True, "cuda"), (False, True, "mps"), (False, False, "cpu"), (True, False, "cuda")],
)
def test_auto_takes_the_best(monkeypatch, cuda, mps, best):
    offer(monkeypatch, cuda=cuda, mps=mps)
    assert choose_device("auto").type == best
    assert choose_device("cpu").type == "cpu"


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ("cuda", "no cuda device .* choose mps or cpu, or auto"),
        ("tpu", "no device 'tpu': choose one of auto, cuda, mps, cpu"),
    ],
)
def test_what_is_not_there_is_refused_naming_what_is(monkeypatch, choice, words):
    offer(monkeypatch, cuda=False, mps=True)
    with pytest.raises(UserError, match=words):
        choose_device(choice)


@pytest.mark.parametrize(
    ("kind", "bf16_share", "dtype"),
    [
        ("cuda", 9.0, torch.float16),
        ("mps", 0.1, torch.float32),
        ("cpu", 0.75, torch.bfloat16),
        ("cpu", 0.76, torch.float32),
    ],
)
def test_precision(monkeypatch, kind, bf16_share, dtype):
    monkeypatch.setattr(device, "_bf16_share_of_fp32_time", lambda: bf16_share)
    assert choose_dtype(torch.device(kind), {}) is dtype
    assert choose_dtype(torch.device(kind), {"RPN_CPU_PRECISION": " auto "}) is dtype


@pytest.mark.parametrize(
    ("kind", "named", "dtype"),
    [
        ("cpu", "float32", torch.float32),
        ("cpu", "bfloat16", torch.bfloat16),
        ("cuda", "float32", torch.float16),
        ("mps", "bfloat16", torch.float32),
    ],
)
@pytest.mark.parametrize("bf16_share", [0.1, 9.0])
def test_the_environment_names_the_precision_of_a_cpu(monkeypatch, kind, named, dtype, bf16_share):
    monkeypatch.setattr(device, "_bf16_share_of_fp32_time", lambda: bf16_share)
    monkeypatch.setenv("RPN_CPU_PRECISION", named)
    assert choose_dtype(torch.device(kind)) is dtype


@pytest.mark.parametrize("text", ["float16", "bf16", "FLOAT32", "1", "float32,bfloat16"])
def test_a_precision_that_a_cpu_has_not_is_reported_and_measured_instead(monkeypatch, caplog, text):
    for share, dtype in ((0.1, torch.bfloat16), (9.0, torch.float32)):
        monkeypatch.setattr(device, "_bf16_share_of_fp32_time", lambda share=share: share)
        caplog.clear()
        assert choose_dtype(torch.device("cpu"), {"RPN_CPU_PRECISION": text}) is dtype
        assert f"RPN_CPU_PRECISION is {text!r}" in caplog.text
        assert "auto, float32, bfloat16" in caplog.text


def test_the_probe_measures_both_precisions_once_a_process(monkeypatch):
    """Of each the best of several by turns: what else the machine does disturbs some of them."""
    asked, clock = [], [0.0]
    seconds = {torch.float32: 2.0, torch.bfloat16: 3.0}

    def conv(x, weight, padding):
        assert torch.get_num_threads() == 1
        asked.append(x.dtype)
        disturbed = len(asked) % 3 == 0
        clock[0] += seconds[x.dtype] + 9 * disturbed

    monkeypatch.setattr(torch.nn.functional, "conv2d", conv)
    monkeypatch.setattr(device.time, "thread_time", lambda: clock[0])
    device._bf16_share_of_fp32_time.cache_clear()
    threads = torch.get_num_threads()
    try:
        assert [device._bf16_share_of_fp32_time() for _ in range(2)] == [1.5, 1.5]
        assert asked == [torch.float32, torch.bfloat16] * 15
        assert torch.get_num_threads() == threads
    finally:
        device._bf16_share_of_fp32_time.cache_clear()
