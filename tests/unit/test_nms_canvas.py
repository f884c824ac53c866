"""What the canvas gets for its NMS slider, and what it may ask for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pages._ui.scene.payload import SURVIVAL_BYTES, pack_scene
from pages._ui.scene.scene import Chosen, DisplayPhoto, Survival, scene_from_stages
from pages._ui.scene.selection import read_threshold
from rpn_core.nms_analysis.survival import THRESHOLDS, overlap_graph, survival_masks, survives
from tests.example_stages import stages
from tests.unit.test_canvas_payload import unpack

RESULT = stages()
CANDIDATES = RESULT.selection.candidates
GRAPH = overlap_graph(
    RESULT.selection.boxes[CANDIDATES],
    RESULT.selection.scores[CANDIDATES],
    group=RESULT.predictions.anchors.level[CANDIDATES],
)
MASKS = survival_masks(GRAPH)
NAMES = tuple(str(i) for i in range(len(RESULT.predictions.anchors.levels)))
SCENE = replace(
    scene_from_stages(RESULT, DisplayPhoto("p", b"x"), NAMES),
    survival=Survival(CANDIDATES.numpy()[GRAPH.order], MASKS, 0.3, 10),
)


def test_each_bit_of_the_browser_is_one_threshold_of_one_candidate():
    header, arrays, _ = unpack(pack_scene(SCENE))
    assert header["survival"] == {"threshold": 0.3, "postNmsTopN": 10}
    order, bits = arrays["survivalOrder"], arrays["survivalBits"]
    assert order.tolist() == SCENE.survival.order.tolist()
    for percent in range(len(THRESHOLDS)):
        # the line of survival.js that reads a bit
        read = [
            bits[rank * SURVIVAL_BYTES + (percent >> 3)] >> (percent & 7) & 1
            for rank in range(len(order))
        ]
        assert np.array_equal(np.array(read, bool), survives(MASKS, percent))


def test_at_the_threshold_in_force_the_bits_say_what_the_ledger_says():
    _, arrays, _ = unpack(pack_scene(SCENE))
    alive = survives(MASKS, 30)
    assert arrays["survivalOrder"][alive][:10].tolist() == RESULT.ledger.kept.tolist()


def test_a_scene_without_survival_has_no_slider():
    header, arrays, _ = unpack(pack_scene(replace(SCENE, survival=None)))
    assert "survival" not in header
    assert "survivalBits" not in arrays


def test_masks_for_other_candidates_are_refused():
    wrong = replace(SCENE.survival, order=SCENE.survival.order[:-1])
    with pytest.raises(ValueError, match="masks came for"):
        pack_scene(replace(SCENE, survival=wrong))


def test_a_box_chosen_by_the_page_travels_with_its_number():
    header, _, _ = unpack(pack_scene(replace(SCENE, chosen=Chosen(17, 2))))
    assert header["chosen"] == {"anchor": 17, "number": 2}


@pytest.mark.parametrize(
    ("value", "threshold"),
    [
        ({"percent": 0, "number": 1}, 0.0),
        ({"percent": 7}, 0.07),
        ({"percent": 100}, 1.0),
        ({"percent": 101}, None),
        ({"percent": -1}, None),
        ({"percent": 0.5}, None),
        ({"percent": True}, None),
        ({"percent": "7"}, None),
        ({}, None),
        (None, None),
        ("45", None),
    ],
)
def test_only_a_hundredth_is_taken_as_a_threshold(value, threshold):
    assert read_threshold(value) == threshold
