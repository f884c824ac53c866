"""The sweep over anchor settings and the reliability of scores."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from rpn_core.cli import main
from rpn_core.evaluation.anchor_sweep import AnchorSweep, swept_anchors
from rpn_core.evaluation.reliability import ReliabilityCounter
from rpn_core.figures.model_charts import reliability_chart, sweep_chart
from rpn_core.models.fallback import run_with_fallback
from rpn_core.models.load import load_model
from rpn_core.models.networks.any_anchor import AnyAnchorNetwork
from rpn_core.models.networks.trainable import network_plan
from rpn_core.settings import InputSettings, Settings
from tests.unit.training_data import write_photos

STRIDES = (8, 16, 32, 64)


def test_the_sweep_spans_what_it_promises():
    swept = swept_anchors(STRIDES)
    assert len({s.name for s in swept}) == len(swept) == 45
    for setting in swept:
        for stride, sizes in zip(STRIDES, setting.anchors.sizes, strict=True):
            middle = np.exp(np.mean(np.log(sizes)))
            assert middle == pytest.approx(4 * stride * setting.size_factor)
            assert max(sizes) / min(sizes) < 2, "within the level's octave"
    assert {len(s.anchors.sizes[0]) for s in swept} == {1, 3, 5}
    assert min(min(s.anchors.aspect_ratios[0]) for s in swept) == pytest.approx(1 / 3)


def test_covered_is_what_the_anchors_meet_before_the_network_moves_them():
    settings = Settings(input=InputSettings(128, 128))
    sweep = AnchorSweep(STRIDES, settings.selection, settings.nms)
    rgb = np.full((128, 128, 3), 90, np.uint8)
    grey = run_with_fallback(load_model("lite0-fpn", "cpu"), rgb, settings.input)
    # One anchor of 32 px at stride 8 lies exactly there; nothing is as thin as the other.
    sweep.add(grey, np.array([[12.0 * 4, 12 * 4, 20 * 4, 20 * 4], [0, 0, 128, 3]]))
    sweep.add(grey, np.empty((0, 4)))
    by_name = {result.anchors.name: result for result in sweep.results()}
    own = by_name["x1.00, ratios 1/2 to 2, 1 scale"]
    assert own.covered == 0.5
    assert own.recall.objects == 2
    figure = sweep_chart([("a model", list(by_name.values()), 0.3)], 300)
    assert sum(len(trace.x) for trace in figure.data) == 45
    assert figure.layout.annotations[0].text == "a model's own anchors: 0.300"


def counted(scores, hits):
    """Boxes with these scores, of which those that hit lie exactly on the only object."""
    counter = ReliabilityCounter()
    there, elsewhere = [10.0, 10, 20, 20], [50.0, 50, 60, 60]
    boxes = torch.tensor([there if hit else elsewhere for hit in hits])
    counter.add(torch.tensor(scores), boxes, torch.tensor([there]))
    return counter


def test_reliability_is_the_share_on_an_object_by_score():
    found = counted([0.05, 0.72, 0.78, 0.74, 1.0], [False, True, True, False, True]).reliability()
    assert found.boxes.tolist() == [1, 0, 0, 0, 0, 0, 0, 3, 0, 1]
    assert found.on_object[[0, 7, 9]].tolist() == pytest.approx([0, 2 / 3, 1])
    assert found.mean_score[7] == pytest.approx((0.72 + 0.78 + 0.74) / 3)
    gaps = [0.05, abs(found.mean_score[7] - 2 / 3) * 3, 0]
    assert found.error == pytest.approx(sum(gaps) / 5)
    assert list(reliability_chart(found, "a model").data[0].y) == pytest.approx([0, 2 / 3, 1])


def test_scores_that_tell_the_truth_have_no_error():
    scores = [0.25] * 400 + [0.75] * 400
    hits = [i % 4 == 0 for i in range(400)] + [i % 4 != 0 for i in range(400)]
    assert counted(scores, hits).reliability().error == pytest.approx(0, abs=1e-6)


def test_without_objects_nothing_is_on_one():
    counter = ReliabilityCounter()
    counter.add(torch.tensor([0.95]), torch.tensor([[0.0, 0, 9, 9]]), torch.zeros(0, 4))
    counter.add(torch.zeros(0), torch.zeros(0, 4), torch.tensor([[0.0, 0, 9, 9]]))
    assert counter.reliability().on_object[9] == 0


def test_the_command_prints_and_writes_every_setting(tmp_path, capsys):
    annotations = write_photos(tmp_path)
    flags = ["--annotations", str(annotations), "--images", str(tmp_path), "--long-side", "96"]
    assert main(["sweep", *flags, "--device", "cpu", "--out", str(tmp_path / "out")]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("lite0-fpn, own anchors: AR@300 ")
    assert len(told) == 46
    [document] = json.loads((tmp_path / "out" / "sweep.json").read_text())
    assert len(document["settings"]) == 45
    assert (tmp_path / "out" / "sweep.html").read_text("utf-8").count("plotly-graph-div") >= 2


def test_another_model_stands_beside_it(tmp_path, capsys):
    annotations = write_photos(tmp_path)
    ordinary = tmp_path / "fixed.safetensors"
    save_file(AnyAnchorNetwork(network_plan("lite0-fpn-fixed")).state_dict(), ordinary)
    flags = ["--annotations", str(annotations), "--images", str(tmp_path), "--long-side", "96"]
    beside = ["--beside", "lite0-fpn-fixed", str(ordinary)]
    assert main(["sweep", *flags, *beside, "--device", "cpu", "--out", str(tmp_path / "out")]) == 0
    told = capsys.readouterr().out.splitlines()
    assert [line for line in told if "own anchors" in line] == [told[0], told[46]]
    names = [one["model"] for one in json.loads((tmp_path / "out" / "sweep.json").read_text())]
    assert names == ["lite0-fpn", "lite0-fpn-fixed"]
