"""Scores that are probabilities: the fit, and what it does to weights."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from rpn_core.cli import main
from rpn_core.evaluation.calibration import Calibration, fit_calibration
from rpn_core.evaluation.fold_calibration import fold_calibration
from rpn_core.models.load import load_model
from rpn_core.models.networks.conditioned_head import ConditionedHead
from rpn_core.models.networks.fixed_anchor_head import FixedAnchorHead
from rpn_core.training.ship import write_weights
from tests.unit.training_data import write_photos


@settings(max_examples=30, deadline=None)
@given(scale=st.floats(0.3, 3), shift=st.floats(-3, 3), seed=st.integers(0, 10**6))
def test_what_was_stretched_is_found_again(scale, shift, seed):
    draw = np.random.default_rng(seed)
    logits = draw.normal(-1, 2, 40_000)
    true = 1 / (1 + np.exp(-(scale * logits + shift)))
    hits = draw.random(len(logits)) < true
    found = fit_calibration(logits, hits)
    fitted = 0.5 * (1 + np.tanh(0.5 * (found.scale * logits + found.shift)))
    assert np.abs(fitted - true).mean() < 0.02
    assert fitted.mean() == pytest.approx(hits.mean(), abs=1e-3), "on the whole it is never off"


@pytest.mark.parametrize(
    ("logits", "hits", "words"),
    [
        ([0.0, 1.0], [True, True], "all boxes hit or none"),
        ([0.0, 1.0], [False, False], "all boxes hit or none"),
        ([0.0, 1.0] * 10, [True, False] * 9 + [False, True], "hit less often"),
    ],
)  # fmt: skip
def test_what_cannot_be_calibrated_is_said(logits, hits, words):
    with pytest.raises(ValueError, match=words):
        fit_calibration(np.array(logits), np.array(hits))


@pytest.mark.parametrize(
    "head", [ConditionedHead(8), FixedAnchorHead(8, 3)], ids=lambda h: h.__class__.__name__
)
def test_only_the_scores_change_and_as_asked(head):
    torch.manual_seed(0)
    for parameter in head.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    hidden, wh = torch.randn(2, 8, 4, 5), torch.tensor([[20.0, 40], [33, 33], [64, 16]])
    with torch.no_grad():
        before = head.outputs(hidden, wh, 8)
        fold_calibration(head, Calibration(1.7, -0.4))
        after = head.outputs(hidden, wh, 8)
    torch.testing.assert_close(after[0], 1.7 * before[0] - 0.4, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(after[1], before[1], rtol=0, atol=0)


def test_the_command_writes_weights_that_rank_as_before(tmp_path, capsys):
    annotations = write_photos(tmp_path)
    given = load_model("lite0-fpn", "cpu")
    write_weights(given.network, tmp_path / "in.safetensors", {"recipe": {"seed": 3}})
    flags = ["--annotations", str(annotations), "--images", str(tmp_path), "--long-side", "96"]
    out = tmp_path / "out.safetensors"
    command = ["calibrate", *flags, "--checkpoint", str(tmp_path / "in.safetensors")]
    assert main([*command, "--out", str(out), "--device", "cpu"]) == 0
    assert "logit x" in capsys.readouterr().out
    facts = json.loads(out.with_suffix(".json").read_text())
    assert facts["recipe"] == {"seed": 3}
    calibration = Calibration(facts["calibration"]["scale"], facts["calibration"]["shift"])
    hidden, wh = torch.randn(1, 96, 6, 6), torch.tensor([[32.0, 32]])
    with torch.no_grad():
        before = given.network.outputs(hidden, wh, 8)[0]
        after = load_model("lite0-fpn", "cpu", out.read_bytes()).network.outputs(hidden, wh, 8)[0]
    wanted = calibration.scale * before + calibration.shift
    torch.testing.assert_close(after, wanted, rtol=0.01, atol=0.02)


def test_a_model_of_torchvision_is_not_calibrated(tmp_path, capsys):
    annotations = write_photos(tmp_path)
    flags = ["--annotations", str(annotations), "--images", str(tmp_path)]
    weights = tmp_path / "vgg16.safetensors"
    save_file(load_model("vgg16", "cpu").network.state_dict(), weights)
    command = ["calibrate", *flags, "--model", "vgg16", "--checkpoint", str(weights)]
    assert main([*command, "--out", str(tmp_path / "o.safetensors"), "--device", "cpu"]) == 2
    assert "is not one of this project's networks" in capsys.readouterr().err
