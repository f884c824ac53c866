"""Every intermediate of torchvision's own RPN, next to ours, on the same weights and photo."""

from __future__ import annotations

import io
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pytest
import torch
from torchvision.models import detection
from torchvision.models.detection import rpn as torchvision_rpn
from torchvision.ops import boxes as torchvision_boxes

from rpn_core.models.catalogue.table import CARDS
from rpn_core.models.load import load_model
from rpn_core.models.networks.build import build_network
from rpn_core.models.rpn import Rpn
from rpn_core.models.scoring import Meaning, score_anchors
from rpn_core.proposers.plain import after_head
from rpn_core.settings import InputSettings
from rpn_core.stages.head_outputs import FeatureMaps, HeadOutputs
from rpn_core.stages.network_input import NetworkInput, prepare_input
from rpn_core.stages.predictions import Predictions
from rpn_core.stages.stage_results import StageResults

DETECTORS = tuple(name for name in CARDS if "rcnn" in name)
# odd, tall strip, wide strip, tiny, larger than the input, multiples of 32 after resizing
SIZES_HW = ((61, 97), (200, 33), (33, 200), (17, 9), (301, 257), (128, 96), (96, 160))
INPUT = InputSettings(min_side=96, max_side=160)


def _spread(detector: torch.nn.Module) -> None:
    """Scale the random head so that logits spread over [-6, 6] and boxes stay near anchors."""
    features = list(detector.backbone(torch.randn(1, 3, 96, 128)).values())
    logits, deltas = detector.rpn.head(features)
    head = detector.rpn.head
    for layer, wanted, out in ((head.cls_logits, 2.0, logits), (head.bbox_pred, 0.3, deltas)):
        layer.weight.mul_(wanted / torch.cat([level.flatten() for level in out]).std())


def in_float32(rpn: Rpn) -> Rpn:
    """As torchvision computes; a CPU with bfloat16 units would choose these."""
    return replace(rpn, dtype=torch.float32)


@pytest.fixture(
    scope="module",
    params=("fasterrcnn_mobilenet_v3_large_fpn", "fasterrcnn_resnet50_fpn"),
)
def pair(request):
    """torchvision's detector with random weights, and ours with the same."""
    name = request.param
    torch.manual_seed(1)
    with torch.inference_mode():
        detector = getattr(detection, name)(
            weights=None, weights_backbone=None, min_size=INPUT.min_side, max_size=INPUT.max_side
        ).eval()
        _spread(detector)
    file = io.BytesIO()
    torch.save(detector.state_dict(), file)
    return detector, in_float32(load_model(name, device="cpu", checkpoint=file.getvalue()))


def _photo(hw):
    return np.random.default_rng(hw[0]).integers(0, 256, (*hw, 3), dtype=np.uint8)


@dataclass
class Theirs:
    images: object
    maps: list
    objectness: torch.Tensor
    deltas: torch.Tensor
    anchors: torch.Tensor
    decoded: torch.Tensor
    per_level: list


@torch.inference_mode()
def _theirs(detector, rgb) -> Theirs:
    image = torch.from_numpy(rgb).permute(2, 0, 1).float() / 255
    images, _ = detector.transform([image])
    features = list(detector.backbone(images.tensors).values())
    logits, deltas = detector.rpn.head(features)
    per_level = [level[0].numel() for level in logits]
    anchors = detector.rpn.anchor_generator(images, features)
    objectness, flat_deltas = torchvision_rpn.concat_box_prediction_layers(logits, deltas)
    decoded = detector.rpn.box_coder.decode(flat_deltas, anchors)
    maps = [detector.rpn.head.conv(level) for level in features]
    return Theirs(images, maps, objectness[:, 0], flat_deltas, anchors[0], decoded[:, 0], per_level)


class Ours(NamedTuple):
    network_input: NetworkInput
    features: FeatureMaps
    outputs: HeadOutputs
    stages: StageResults

    @property
    def predictions(self) -> Predictions:
        return self.stages.predictions


def _ours(rpn: Rpn, rgb, **selection) -> Ours:
    own = rpn.card.own_settings
    network_input = prepare_input(rgb, INPUT, rpn.card.preprocess)
    features = rpn.feature_maps(network_input)
    anchors = rpn.lay_anchors(features, own.anchors)
    scored = score_anchors(rpn, features, anchors, own.head.foreign_anchors)
    assert scored.meaning is Meaning.NATIVE
    stages = after_head(
        network_input, anchors, scored.outputs, replace(own.selection, **selection), own.nms
    )
    return Ours(network_input, features, scored.outputs, stages)


def _rows(boxes, scores):
    """Boxes with their score, in an order that ties cannot change."""
    rows = torch.cat((boxes, scores[:, None]), dim=1).numpy()
    return rows[np.lexsort(rows.round(2).T)]


@pytest.mark.parametrize("hw", SIZES_HW, ids=str)
def test_every_stage_up_to_the_boxes(pair, hw):
    detector, rpn = pair
    rgb = _photo(hw)
    theirs = _theirs(detector, rgb)
    ours = _ours(rpn, rgb)

    assert ours.network_input.image_hw == theirs.images.image_sizes[0]
    torch.testing.assert_close(ours.network_input.pixels, theirs.images.tensors, rtol=0, atol=1e-6)
    for our_map, their_map in zip(ours.features.rpn, theirs.maps, strict=True):
        torch.testing.assert_close(our_map, their_map, rtol=1e-4, atol=1e-4 * their_map.max())
    torch.testing.assert_close(ours.predictions.logits, theirs.objectness, rtol=1e-4, atol=1e-3)
    torch.testing.assert_close(ours.predictions.origin.deltas, theirs.deltas, rtol=1e-4, atol=1e-3)
    assert torch.equal(ours.predictions.anchors.boxes, theirs.anchors)
    torch.testing.assert_close(ours.predictions.boxes, theirs.decoded, rtol=1e-4, atol=0.05)


def test_a_second_stage_reads_the_same_pyramid(pair):
    detector, rpn = pair
    rgb = _photo(SIZES_HW[0])
    theirs, ours = _theirs(detector, rgb), _ours(rpn, rgb)
    with torch.inference_mode():
        names = detector.backbone(theirs.images.tensors).keys()
        boxes = [ours.stages.selection.boxes[ours.stages.ledger.kept]]
        sizes = theirs.images.image_sizes
        shared = OrderedDict(zip(names, ours.features.pyramid, strict=True))
        pool = detector.roi_heads.box_roi_pool
        found = pool(shared, boxes, sizes)
        wanted = pool(detector.backbone(theirs.images.tensors), boxes, sizes)
    assert len(wanted) == len(boxes[0]) > 0
    torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-4 * float(wanted.abs().max()))


def _filtered(detector, theirs, monkeypatch, *, pre_nms_top_n, score_thresh):
    # Below 1,000 boxes torchvision shifts the levels apart instead, which costs float precision.
    monkeypatch.setattr(torchvision_boxes, "batched_nms", torchvision_boxes._batched_nms_vanilla)
    monkeypatch.setitem(detector.rpn._pre_nms_top_n, "testing", pre_nms_top_n)
    monkeypatch.setattr(detector.rpn, "score_thresh", score_thresh)
    boxes, scores = detector.rpn.filter_proposals(
        theirs.decoded[None],
        theirs.objectness[:, None],
        theirs.images.image_sizes,
        theirs.per_level,
    )
    return boxes[0], scores[0]


@pytest.mark.parametrize("hw", SIZES_HW, ids=str)
def test_proposals_and_mapping_back(pair, hw, monkeypatch):
    detector, rpn = pair
    rgb = _photo(hw)
    theirs = _theirs(detector, rgb)
    ours = _ours(rpn, rgb, pre_nms_top_n=150, score_thresh=0.05).stages
    boxes, scores = _filtered(detector, theirs, monkeypatch, pre_nms_top_n=150, score_thresh=0.05)
    assert len(scores) > 10

    kept = ours.ledger.kept
    torch.testing.assert_close(ours.selection.scores[kept], scores, rtol=0, atol=1e-4)
    torch.testing.assert_close(ours.selection.boxes[kept], boxes, rtol=1e-4, atol=0.05)

    detections = [{"boxes": boxes, "scores": scores, "labels": torch.ones_like(scores)}]
    back = detector.transform.postprocess(detections, theirs.images.image_sizes, [hw])
    torch.testing.assert_close(ours.proposals.boxes, back[0]["boxes"], rtol=1e-4, atol=0.1)


def test_tied_scores_keep_the_same_boxes(pair, monkeypatch):
    detector, rpn = pair
    rgb = _photo((61, 97))
    theirs = _theirs(detector, rgb)
    theirs.objectness = theirs.objectness.round()  # a dozen values for thousands of anchors
    everything = len(theirs.objectness)

    def stable_top_n(self, objectness, num_anchors_per_level):
        # torch.topk leaves the order of ties open; ours is the order of the anchors
        levels = objectness.split(num_anchors_per_level, 1)
        starts = np.cumsum([0, *num_anchors_per_level[:-1]])
        best = [
            level.sort(dim=1, descending=True, stable=True).indices + int(start)
            for level, start in zip(levels, starts, strict=True)
        ]
        return torch.cat(best, dim=1)

    monkeypatch.setattr(type(detector.rpn), "_get_top_n_idx", stable_top_n)
    monkeypatch.setitem(detector.rpn._post_nms_top_n, "testing", everything)
    boxes, scores = _filtered(
        detector, theirs, monkeypatch, pre_nms_top_n=everything, score_thresh=0.0
    )

    ours = _ours(rpn, rgb)
    tied = replace(ours.outputs, objectness_logits=theirs.objectness, deltas=theirs.deltas)
    own = rpn.card.own_settings
    again = after_head(
        ours.network_input,
        ours.predictions.anchors,
        tied,
        replace(own.selection, pre_nms_top_n=everything, score_thresh=0.0),
        replace(own.nms, post_nms_top_n=everything),
    )
    kept = again.ledger.kept
    assert len(scores.unique()) < len(scores)
    mine = _rows(again.selection.boxes[kept], again.selection.scores[kept])
    np.testing.assert_allclose(mine, _rows(boxes, scores), rtol=0, atol=0.01)


def test_the_whole_rpn_in_one_call(pair):
    detector, rpn = pair
    rgb = _photo((61, 97))
    images = _theirs(detector, rgb).images
    with torch.inference_mode():
        boxes, _ = detector.rpn(images, detector.backbone(images.tensors))
    ours = _ours(rpn, rgb).stages
    mine = ours.selection.boxes[ours.ledger.kept]
    assert mine.shape == boxes[0].shape
    torch.testing.assert_close(mine[:50], boxes[0][:50], rtol=1e-4, atol=0.05)


@pytest.mark.parametrize("name", DETECTORS)
def test_the_table_says_what_torchvision_builds(name):
    card = CARDS[name]
    own = card.own_settings
    with torch.device("meta"):
        detector = getattr(detection, name)(weights=None, weights_backbone=None)
    rpn, transform = detector.rpn, detector.transform
    assert (own.input.min_side, own.input.max_side) == (transform.min_size[0], transform.max_size)
    assert list(card.preprocess.mean) == transform.image_mean
    assert list(card.preprocess.std) == transform.image_std
    assert card.preprocess.size_divisor == transform.size_divisible
    assert own.anchors.sizes == rpn.anchor_generator.sizes
    assert own.anchors.aspect_ratios == rpn.anchor_generator.aspect_ratios
    assert own.selection.pre_nms_top_n == rpn._pre_nms_top_n["testing"]
    assert own.selection.score_thresh == rpn.score_thresh
    assert own.selection.min_size == rpn.min_size
    assert own.nms.nms_thresh == rpn.nms_thresh
    assert own.nms.post_nms_top_n == rpn._post_nms_top_n["testing"]


@pytest.mark.parametrize("name", DETECTORS)
def test_the_table_names_torchvision_s_own_weights(name):
    from torchvision.models import get_model_weights

    weights = get_model_weights(name).COCO_V1
    assert CARDS[name].weights_file == weights.url
    assert weights.url.endswith(f"-{CARDS[name].sha256}.pth")


@pytest.mark.parametrize("name", CARDS)
def test_strides_are_those_of_the_network(name):
    with torch.device("meta"):
        network = build_network(name).eval()
        maps = network.trunk(torch.zeros(1, 3, 512, 512))
    assert tuple(512 // level.shape[-1] for level in maps) == CARDS[name].strides


def test_p6_of_800x1088_has_stride_61_by_64():
    from rpn_core.anchors.lay import lay_anchors

    card = CARDS["fasterrcnn_resnet50_fpn"]
    with torch.device("meta"):
        maps = build_network(card.name).eval().trunk(torch.zeros(1, 3, 800, 1088))
    grids = tuple((level.shape[-2], level.shape[-1]) for level in maps)
    anchors = lay_anchors(grids, (800, 1088), card.strides, card.own_settings.anchors)
    assert grids[-1] == (13, 17)
    assert anchors.levels[-1].stride_hw == (61, 64)


def test_vgg16_ends_at_conv5_3_and_lays_the_paper_s_16650_anchors():
    from torchvision.models import vgg16

    rpn = load_model("vgg16", device="cpu")
    with torch.device("meta"):
        features = vgg16(weights=None).features[:30]
    assert repr(rpn.network.backbone) == repr(features)
    rgb = np.zeros((600, 800, 3), dtype=np.uint8)
    maps = rpn.feature_maps(prepare_input(rgb, rpn.card.own_settings.input, rpn.card.preprocess))
    assert maps.grids_hw == ((37, 50),)
    assert len(rpn.trained_anchors(maps)) == 16_650


@torch.no_grad()
def _with_small_variances(detector) -> torch.nn.Module:
    """Batch norms that fit their input, whose variance is small enough for eps to matter."""
    for module in detector.backbone.modules():
        if isinstance(module, torch.nn.Conv2d):
            module.weight.mul_(0.02)
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = 1.0
    detector.backbone.train()(torch.rand(2, 3, 128, 128))
    return detector


def _as_published(detector) -> dict[str, torch.Tensor]:
    """The state dict in the form of the files of 2021: frozen batch norm, names without .0.0"""
    state = {
        key.replace("rpn.head.conv.0.0", "rpn.head.conv"): value.clone()
        for key, value in detector.state_dict().items()
        if not key.endswith("num_batches_tracked")
    }
    for key in [key for key in state if "fpn" in key]:
        module, _, kind = key.rpartition(".")
        state[f"{module.removesuffix('.0')}.{kind}"] = state.pop(key)
    return state


@pytest.mark.parametrize("name", ["fasterrcnn_mobilenet_v3_large_320_fpn", "maskrcnn_resnet50_fpn"])
def test_published_weights_load_as_torchvision_loads_them(name, monkeypatch):
    from torchvision.models import WeightsEnum, get_model_weights

    torch.manual_seed(2)
    builder = getattr(detection, name)
    state = _as_published(_with_small_variances(builder(weights=None, weights_backbone=None)))
    monkeypatch.setattr(WeightsEnum, "get_state_dict", lambda self, **_: dict(state))
    theirs = builder(weights=get_model_weights(name).COCO_V1).eval()
    file = io.BytesIO()
    torch.save(state, file)
    ours = in_float32(load_model(name, device="cpu", checkpoint=file.getvalue()))

    pixels = torch.rand(1, 3, 64, 96)
    with torch.inference_mode():
        features = theirs.backbone(pixels).values()
        their_maps = [theirs.rpn.head.conv(level) for level in features]
        _, our_maps = ours.network(pixels)
    for our_map, their_map in zip(our_maps, their_maps, strict=True):
        torch.testing.assert_close(
            our_map, their_map, rtol=1e-3, atol=1e-3 * float(their_map.std())
        )
    assert "roi_heads" in str(ours.notes[0])


@pytest.mark.parametrize("name", [name for name in CARDS if "rcnn" in name])
def test_figures_are_torchvision_s(name):
    from torchvision.models import get_model_weights

    meta = get_model_weights(name).DEFAULT.meta
    box_map = meta["_metrics"]["COCO-val2017"]["box_map"]
    assert f"COCO box mAP {box_map:.1f} of" in str(CARDS[name].figures)
