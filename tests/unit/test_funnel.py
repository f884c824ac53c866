"""The funnel repeats the ledger's counts stage by stage."""

import dataclasses
import itertools

import pytest
import torch

from rpn_core.results.funnel import funnel
from rpn_core.settings import SelectionSettings
from rpn_core.stages.fate import Fate
from rpn_core.stages.ledger import Ledger
from tests.example_stages import stages


def ledger_of(counts: list[list[int]]) -> Ledger:
    nothing = torch.zeros(0)
    return Ledger(nothing, nothing, nothing, nothing, torch.tensor(counts))


#                  border top_n small score nms beyond kept
COUNTS = ledger_of([[5, 100, 0, 20, 300, 7, 68], [0, 0, 3, 1, 40, 2, 4]])


@pytest.mark.parametrize(
    ("key", "level_in", "level_lost"),
    [
        ("anchors", (500, 50), (0, 0)),
        ("inside", (500, 50), (5, 0)),
        ("pre_nms", (495, 50), (100, 0)),
        ("min_size", (395, 50), (0, 3)),
        ("score", (395, 47), (20, 1)),
        ("nms", (375, 46), (300, 40)),
        ("kept", (75, 6), (7, 2)),
    ],
)
def test_in_and_lost_are_those_of_the_hand_made_ledger(key, level_in, level_lost):
    stage = {s.key: s for s in funnel(COUNTS, border_rule=True)}[key]
    assert (stage.level_in, stage.level_lost) == (level_in, level_lost)


def test_each_stage_takes_in_what_the_one_before_passed_on():
    steps = funnel(stages().ledger, border_rule=True)
    for before, after in itertools.pairwise(steps):
        assert after.level_in == before.level_out


def test_sums_agree_with_the_anchors_and_the_proposals():
    result = stages()
    steps = funnel(result.ledger, border_rule=True)
    assert steps[0].total_in == len(result.predictions.anchors) == 672
    assert steps[-1].total_out == len(result.ledger.kept) == 10
    assert sum(step.total_lost for step in steps) == 672 - 10
    assert all(step.total_lost > 0 for step in steps[1:]), "the example has every fate"


def test_passed_fates_count_what_the_stage_passed_on():
    ledger = stages().ledger
    for step in funnel(ledger, border_rule=True):
        assert sum(ledger.count(fate) for fate in step.passed) == step.total_out


def test_border_stage_shows_only_with_the_rule():
    ledger = stages(SelectionSettings()).ledger
    assert "inside" not in [s.key for s in funnel(ledger, border_rule=False)]
    assert "inside" in [s.key for s in funnel(ledger, border_rule=True)]


def test_a_ledger_that_used_the_rule_needs_its_stage():
    with pytest.raises(ValueError, match="border_rule is off"):
        funnel(COUNTS, border_rule=False)


def test_no_anchors_at_all():
    steps = funnel(ledger_of([[0] * len(Fate)]), border_rule=False)
    assert {step.total_in for step in steps} == {0}


def test_stages_are_values():
    first, *_ = funnel(COUNTS, border_rule=True)
    assert dataclasses.replace(first) == first
    assert hash(first) == hash(dataclasses.replace(first))
