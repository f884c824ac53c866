"""The bench of a GPU, on the CPU: its checks pass where all is well, and fail where it is not."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch

from rpn_core.models.load import load_model
from rpn_core.models.rpn import Rpn
from rpn_core.models.runtime import device_lost
from rpn_core.models.runtime.device_lost import DeviceLost
from rpn_core.nms.devices import device_nms
from tests.bench.gpu import __main__ as command
from tests.bench.gpu.check import Check, equal
from tests.bench.gpu.faults import FAULTS, Fault, judged, run_through
from tests.bench.gpu.nms import nms_checks
from tests.bench.gpu.proposals import parity, proposals_of, sample_photos
from tests.bench.gpu.timings import (
    Timing,
    batch_timing,
    head_share,
    nms_timings,
    photo_timings,
    training_timing,
)

ONE_PHOTO = sample_photos()[:1]


def test_without_cuda_it_says_so_in_one_sentence(monkeypatch, capsys):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert command.main([]) == 2
    (said,) = capsys.readouterr().out.strip().splitlines()
    assert said.endswith(".")
    assert "CUDA" in said


def test_proposals_of_the_same_device_pass_and_shifted_ones_do_not():
    assert all(check.passed for check in parity("cpu", torch.float32, ONE_PHOTO))

    def shifted(rpn: Rpn, data: bytes, name: str):
        found = proposals_of(rpn, data, name)
        return replace(found, boxes=found.boxes + 3)

    for check in parity("cpu", torch.float32, ONE_PHOTO, shifted):
        assert not check.passed
        assert ONE_PHOTO[0].name in check.came


def test_nms_passes_and_a_wrong_one_does_not():
    assert all(check.passed for check in nms_checks("cpu", (500,)))

    def wrong(*args, **kwargs):
        return device_nms(*args, **kwargs)[:-20]

    assert not all(check.passed for check in nms_checks("cpu", (500,), wrong))


@pytest.fixture
def card(monkeypatch) -> Rpn:
    """A model on a "card" that computes on the CPU until it is lost."""
    monkeypatch.setattr(device_lost, "_lost", set())
    monkeypatch.setattr(Rpn, "moved", lambda self, device, dtype: replace(self, device=device))
    return replace(load_model("lite0-fpn", "cpu"), device=torch.device("meta"))


@pytest.mark.parametrize("before", [True, False])
def test_a_card_that_is_lost_is_told_and_the_cpu_goes_on(card, monkeypatch, before):
    maps, levels = Rpn.feature_maps, Rpn._levels
    gone: list[bool] = []

    def on_the_card(self, run, *args):
        if self.device.type == "meta" and gone:
            raise DeviceLost("CUDA error: device-side assert triggered")
        return run(replace(self, device=torch.device("cpu")), *args)

    monkeypatch.setattr(Rpn, "feature_maps", lambda self, made: on_the_card(self, maps, made))
    monkeypatch.setattr(Rpn, "_levels", lambda self, *args: on_the_card(self, levels, *args))
    told = run_through(Fault(before, lambda _: gone.append(True), ""), card)
    assert told["said"] == "META stopped working, so the CPU was used."
    assert told["differences"] == ""
    name = "lost before the network" if before else "lost after the network"
    assert all(check.passed for check in judged(name, told))


def test_a_sentence_that_is_missing_and_other_proposals_fail():
    for name in FAULTS:
        silent, wrong = judged(name, {"said": "", "differences": "12 proposals, not 300"})
        assert not silent.passed
        assert not wrong.passed
        assert "12 proposals" in wrong.line


def test_every_timing_runs():
    photos = photo_timings("cpu", 1)
    assert [photo.name for photo in photos] == [
        "photo to proposals, 448", "photo to proposals, 800 x 600"
    ]  # fmt: skip
    for photo in photos:
        assert list(photo.parts) == [
            "input", "network", "anchors", "head", "decoded", "selection", "suppression", "ledger"
        ]  # fmt: skip
        assert 0 < head_share(photo) < 1
    nms = nms_timings("cpu", 1, count=300, keep=50)
    assert len(nms) == 2
    assert batch_timing("cpu", 1, images=2, side=64).p50 > 0
    step = training_timing("cpu", 1, images=1, side=64)
    assert step.p50 > 0
    json.dumps([command.line(timing) for timing in (*photos, *nms, step)])


def test_speed_is_held_against_what_was_promised():
    def timing(name: str, p50: float) -> Timing:
        return Timing(name, p50, p50, {})

    quick = command.speed_checks([timing("photo", 9)], [timing("a", 1.0), timing("b", 1.0)])
    slow = command.speed_checks([timing("photo", 11)], [timing("a", 1.2), timing("b", 1.0)])
    assert [check.passed for check in quick] == [True, True]
    assert [check.passed for check in slow] == [False, False]


def test_a_check_says_what_came_and_what_was_expected():
    assert equal("answer", 42, 42).line == "ok      answer: 42"
    assert Check("a", False, "x", "y").line == "FAILED  a: came x; expected y"
