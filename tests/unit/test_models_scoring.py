"""What each kind of head says for which anchors, and what the page may claim about it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from rpn_core.errors import UserError
from rpn_core.models.catalogue.table import CARDS
from rpn_core.models.rpn import Rpn, WeightsState
from rpn_core.models.scoring import Meaning, score_anchors
from rpn_core.settings import AnchorSettings
from tests.tiny_rpn import TINY_CARD, tiny_input, tiny_rpn

OWN = TINY_CARD.own_settings.anchors
REVERSED = replace(OWN, sizes=((512, 256, 128),))
LARGER = replace(OWN, size_factor=1.3)
NONE = replace(OWN, sizes=((),))


def score(rpn, settings, foreign="borrow"):
    features = rpn.feature_maps(tiny_input(rpn))
    anchors = rpn.lay_anchors(features, settings)
    return anchors, score_anchors(rpn, features, anchors, foreign)


@pytest.mark.parametrize(
    ("settings", "foreign", "state", "meaning", "has_outputs"),
    [
        (OWN, "borrow", WeightsState.OWN_CHECKPOINT, Meaning.NATIVE, True),
        (OWN, "geometry", WeightsState.DOWNLOADED, Meaning.NATIVE, True),
        (REVERSED, "geometry", WeightsState.DOWNLOADED, Meaning.NATIVE, True),
        (LARGER, "borrow", WeightsState.DOWNLOADED, Meaning.BORROWED, True),
        (LARGER, "geometry", WeightsState.DOWNLOADED, Meaning.GEOMETRY_ONLY, False),
        (NONE, "borrow", WeightsState.DOWNLOADED, Meaning.NATIVE, True),
        (OWN, "borrow", WeightsState.UNTRAINED, Meaning.UNTRAINED, False),
        (LARGER, "borrow", WeightsState.UNTRAINED, Meaning.UNTRAINED, False),
    ],
)
def test_meaning(settings, foreign, state, meaning, has_outputs):
    anchors, scored = score(tiny_rpn(state), settings, foreign)
    assert scored.meaning is meaning
    assert (scored.outputs is not None) == has_outputs
    if scored.outputs is not None:
        assert scored.outputs.objectness_logits.shape == (len(anchors),)
        assert scored.outputs.deltas.shape == (len(anchors), 4)


def test_permuted_anchors_get_their_own_channel():
    rpn = tiny_rpn()
    straight, straight_scored = score(rpn, OWN)
    turned, turned_scored = score(rpn, REVERSED)
    by_box = {
        tuple(box): logit
        for box, logit in zip(
            straight.boxes.tolist(), straight_scored.outputs.objectness_logits.tolist(), strict=True
        )
    }
    wanted = [by_box[tuple(box)] for box in turned.boxes.tolist()]
    assert turned_scored.outputs.objectness_logits.tolist() == wanted
    assert wanted != straight_scored.outputs.objectness_logits.tolist()


def test_every_meaning_has_one_sentence():
    sentences = [str(meaning.sentence) for meaning in Meaning]
    assert len(set(sentences)) == len(sentences)
    assert all(s.endswith(".") and s.count(". ") == 0 for s in sentences)


def test_another_number_of_levels_is_refused_in_words():
    rpn = tiny_rpn()
    two = AnchorSettings(sizes=((32,), (64,)), aspect_ratios=((1,), (1,)))
    with pytest.raises(UserError, match=r"2 levels, but tiny has 1 \(stride 16 px\)"):
        rpn.lay_anchors(rpn.feature_maps(tiny_input(rpn)), two)


def test_scores_that_are_not_numbers_are_refused():
    rpn = tiny_rpn()
    rpn.network.backbone.bias.fill_(torch.inf)
    with pytest.raises(UserError, match="not numbers"):
        score(rpn, OWN)


def test_a_fixed_head_refuses_anchors_that_it_has_no_channels_for():
    rpn = tiny_rpn()
    features = rpn.feature_maps(tiny_input(rpn))
    with pytest.raises(ValueError, match="9 shapes a cell, but 3 were asked for"):
        rpn.head_outputs(features, rpn.lay_anchors(features, replace(OWN, sizes=((128,),))))


@pytest.fixture(scope="module")
def any_anchor():
    from rpn_core.models.networks.build import build_network

    torch.manual_seed(0)
    network = build_network("lite0-fpn").eval().requires_grad_(False)
    card = CARDS["lite0-fpn"]
    return Rpn(card, WeightsState.BUNDLED, torch.device("cpu"), torch.float32, network)


@pytest.mark.parametrize(
    "settings",
    [
        CARDS["lite0-fpn"].own_settings.anchors,
        AnchorSettings(sizes=((20,), (), (77, 99, 130), (300,)), aspect_ratios=((1, 3),) * 4),
        AnchorSettings(sizes=((),) * 4, aspect_ratios=((1,),) * 4),
    ],
    ids=["its own", "an empty level", "no anchors"],
)
def test_a_conditioned_head_scores_any_anchor_natively(any_anchor, settings):
    anchors, scored = score(any_anchor, settings)
    assert scored.meaning is Meaning.NATIVE
    assert scored.outputs.objectness_logits.shape == (len(anchors),)
    assert scored.outputs.deltas.shape == (len(anchors), 4)


@pytest.mark.parametrize(
    ("size", "ratio", "meaning"),
    [
        (8, 1, Meaning.NATIVE),  # one stride: the smallest that training drew
        (7.9, 1, Meaning.EXTRAPOLATED),
        (8 * 36.7, 1, Meaning.NATIVE),
        (8 * 37, 1, Meaning.EXTRAPOLATED),
        (32, 3, Meaning.NATIVE),
        (32, 1 / 3, Meaning.NATIVE),
        (32, 3.1, Meaning.EXTRAPOLATED),
        (32, 0.32, Meaning.EXTRAPOLATED),
    ],
)
def test_a_conditioned_head_admits_shapes_beyond_its_training(any_anchor, size, ratio, meaning):
    settings = AnchorSettings(sizes=((size,), (), (), ()), aspect_ratios=((ratio,),) * 4)
    assert score(any_anchor, settings)[1].meaning is meaning


def test_a_conditioned_head_scores_a_shape_alike_alone_or_among_others(any_anchor):
    ratios = ((1.0,),) * 4
    alone_anchors, alone = score(any_anchor, AnchorSettings(((40,),) * 4, ratios))
    _, both = score(any_anchor, AnchorSettings(((40, 90),) * 4, ratios))
    torch.testing.assert_close(
        both.outputs.objectness_logits[::2], alone.outputs.objectness_logits, rtol=1e-4, atol=1e-5
    )
    assert len(both.outputs.deltas) == 2 * len(alone_anchors)


SHAPES = (((20, 33), (41, 17.5)), ((64, 100),), (), ((300, 210), (333, 333), (250, 400)))


@pytest.mark.parametrize("factor", [1.0, 1.3])
def test_a_conditioned_head_scores_a_list_of_shapes_as_it_is(any_anchor, factor):
    settings = AnchorSettings(((16,), (32,), (), (64,)), ((1,),) * 4, factor, shapes=SHAPES)
    features = any_anchor.feature_maps(tiny_input(any_anchor))
    anchors, scored = score(any_anchor, settings)
    assert scored.meaning is Meaning.NATIVE
    # In numpy, apart from the head's code: weights of each shape from its width and height.
    parts = {
        name: value.double().numpy() for name, value in any_anchor.network.head.state_dict().items()
    }
    logits, deltas = [], []
    for rpn_map, stride, shapes in zip(features.rpn, any_anchor.card.strides, SHAPES, strict=True):
        hidden = rpn_map[0].double().numpy()  # (C, H, W)
        per_shape = []
        for width, height in shapes:
            u, v = np.log2(width * factor / (4 * stride)), np.log2(height * factor / (4 * stride))
            code = np.array([u, v, u * u, v * v, u * v, u - v])
            for layer in (0, 2, 4):
                code = parts[f"generator.{layer}.weight"] @ code + parts[f"generator.{layer}.bias"]
                if layer < 4:
                    code = code / (1 + np.exp(-code))  # SiLU
            weights = code.reshape(5, -1) + parts["base"]
            out = np.einsum("oc,chw->ohw", weights[:, :-1], hidden) + weights[:, -1:, None]
            per_shape.append(out.reshape(5, -1))
        if per_shape:
            table = np.stack(per_shape, -1).reshape(5, -1)  # cell by cell, shape by shape
            logits.append(table[0])
            deltas.append(table[1:].T)
    np.testing.assert_allclose(
        scored.outputs.objectness_logits, np.concatenate(logits), rtol=1e-4, atol=1e-5
    )
    np.testing.assert_allclose(scored.outputs.deltas, np.concatenate(deltas), rtol=1e-4, atol=1e-5)
    assert len(anchors) == len(np.concatenate(logits))


@pytest.mark.parametrize(
    ("shape", "meaning"),
    [
        ((8, 8), Meaning.NATIVE),
        ((7.9, 7.9), Meaning.EXTRAPOLATED),
        ((20, 60), Meaning.NATIVE),
        ((20, 61), Meaning.EXTRAPOLATED),
        ((61, 20), Meaning.EXTRAPOLATED),
    ],
)
def test_a_listed_shape_beyond_the_training_is_extrapolated_too(any_anchor, shape, meaning):
    settings = AnchorSettings(shapes=((shape,), (), (), ()))
    settings = replace(settings, sizes=((32,), (64,), (128,), (256,)))
    assert score(any_anchor, settings)[1].meaning is meaning


def test_a_fixed_head_lends_to_listed_shapes_and_knows_its_own_among_them():
    rpn = tiny_rpn()
    own = rpn.lay_anchors(rpn.feature_maps(tiny_input(rpn)), OWN).levels[0].cell_anchors
    listed = tuple((w, h) for w, h in (own[:, 2:] - own[:, :2]).tolist())
    turned = replace(OWN, shapes=(listed[::-1],))
    anchors, scored = score(rpn, turned)
    assert scored.meaning is Meaning.NATIVE
    straight = score(rpn, OWN)[1].outputs.objectness_logits.reshape(-1, 9)
    assert torch.equal(scored.outputs.objectness_logits.reshape(-1, 9), straight.flip(1))
    _, foreign = score(rpn, replace(OWN, shapes=(((100, 101), (55, 77)),)))
    assert foreign.meaning is Meaning.BORROWED
    assert len(foreign.outputs.deltas) == len(anchors) // 9 * 2


def test_moving_a_model_leaves_the_first_one_as_it_is():
    rpn = tiny_rpn()
    moved = rpn.moved(torch.device("meta"), torch.float32)
    assert {p.device.type for p in moved.network.parameters()} == {"meta"}
    assert {p.device.type for p in rpn.network.parameters()} == {"cpu"}
    assert moved.card is rpn.card
    assert moved.device.type == "meta"
