"""The graph of stages: what is kept equals what is computed afresh, whatever changed.

Everything here is asked of every stage, setting and source that is declared: a new stage needs no
new line, unless it begins with a new source, which `OTHERS` must then have two values of.
"""

from __future__ import annotations

import importlib
import math
import typing
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torchvision.models.detection.rpn import RPNHead

from rpn_core.design.budget import Budget
from rpn_core.design.pyramid import Pyramid
from rpn_core.design.resize_rule import ResizeRule
from rpn_core.errors import UserError
from rpn_core.labels.formats.example import example_labels
from rpn_core.labels.label_set import label_set
from rpn_core.labels.loaded import LoadedLabels
from rpn_core.labels.objects import Objects, make_objects
from rpn_core.messages import msg
from rpn_core.models.catalogue.table import CARDS
from rpn_core.models.networks.fixed_rpn import FixedRpn
from rpn_core.models.rpn import Rpn, WeightsState
from rpn_core.photo.reader import read_photo
from rpn_core.settings import (
    BY_NAME,
    DECLARED,
    AnchorSettings,
    InputSettings,
    MatchSettings,
    NmsSettings,
    SampleSettings,
    SelectionSettings,
    Settings,
)
from rpn_core.settings.declare import Declared
from rpn_core.stages.graph import GRAPH, Graph, Socket, Source, Stage
from rpn_core.stages.kept import KeptResults
from rpn_core.stages.run import Run
from tests.pictures import jpeg
from tests.settings_values import another_value, changed

# Two levels, as the model below has them, with anchors that it was not trained for; and so few
# boxes at each stage that every setting decides about some.
BASE = Settings(
    input=InputSettings(96, 160),
    anchors=AnchorSettings(((20, 40), (50, 90)), ((0.5, 1.0),) * 2),
    selection=SelectionSettings(pre_nms_top_n=40),
    nms=NmsSettings(nms_thresh=0.4, post_nms_top_n=4),
    match=MatchSettings(fg_iou_thresh=0.4, bg_iou_thresh=0.2, crowd_iof_thresh=0.3),
    sample=SampleSettings(batch_size_per_image=16, positive_fraction=0.25),
)
# Whatever other tests have loaded before: all that declare a stage.
_ROOT = Path(__file__).parents[2]
for _path in sorted([*_ROOT.glob("rpn_core/**/*.py"), *_ROOT.glob("pages/**/*.py")]):
    if "\n@GRAPH.stage(" in _path.read_text("utf-8"):
        importlib.import_module(".".join(_path.relative_to(_ROOT).with_suffix("").parts))
STAGES = tuple(GRAPH.stages.values())


def _photo(width: int, height: int) -> Any:
    data = jpeg(width, height)
    return read_photo(data, "photo.jpg")[0]


def _objects(*boxes: tuple[float, float, float, float]) -> Objects:
    """The last of them is a crowd."""
    crowd = np.arange(len(boxes)) == len(boxes) - 1
    return make_objects(np.array(boxes, np.float64), crowd=crowd)


class _TwoLevels(nn.Module):
    """Strides 16 and 32."""

    def __init__(self) -> None:
        super().__init__()
        self.levels = nn.ModuleList(nn.Conv2d(3, 4, stride, stride=stride) for stride in (16, 32))

    def forward(self, pixels: Tensor) -> dict[str, Tensor]:
        return {str(place): level(pixels) for place, level in enumerate(self.levels)}


def _model(seed: int) -> Rpn:
    """Random weights and a head of fixed anchors."""
    torch.manual_seed(seed)
    head = RPNHead(in_channels=4, num_anchors=3)
    for layer in (head.cls_logits, head.bbox_pred):
        nn.init.normal_(layer.weight, std=0.5)
    network = FixedRpn(_TwoLevels(), head).eval().requires_grad_(False)
    own = Settings(anchors=AnchorSettings(((32,), (64,)), ((0.5, 1.0, 2.0),) * 2))
    card = replace(CARDS["vgg16"], name="two levels", strides=(16, 32), own_settings=own)
    return Rpn(card, WeightsState.OWN_CHECKPOINT, torch.device("cpu"), torch.float32, network)


def _labels(first: int, last: int) -> LoadedLabels:
    """Some of the images of the example."""
    loaded = example_labels()
    labels = loaded.labels
    boxes = slice(labels.boxes_of(first).start, labels.boxes_of(last - 1).stop)
    few = label_set(
        labels.names[first:last], labels.boxes[boxes], labels.image[boxes] - first,
        sizes_hw=labels.sizes_hw[first:last], image_ids=labels.image_ids[first:last],
        categories=labels.categories, category=labels.category[boxes], crowd=labels.crowd[boxes],
    )  # fmt: skip
    return replace(loaded, labels=few, sha256=f"images {first} to {last}")


# Two values of each source, and the key of those that cannot know it.
FIRST: dict[str, tuple[Any, Any]] = {
    "photo": (_photo(160, 120), None),
    "model": (_model(3), "first"),
    "photo_objects": (_objects((20, 20, 60, 60), (70, 30, 120, 100), (0, 60, 50, 120)), None),
    "labels": (_labels(0, 3), None),
    "resize_rule": (ResizeRule(side=256), None),
    "pyramid": (Pyramid((16, 32)), None),
    "design_fg_iou": (0.5, None),
    "budget": (Budget(shapes=2, evaluations=50), None),
    "used_levels": ((0, 1), None),
}


OTHERS: dict[str, tuple[Any, Any]] = {
    "photo": (_photo(120, 170), None),
    "model": (_model(4), "other"),
    "photo_objects": (_objects((10, 15, 90, 70), (100, 0, 160, 50)), None),
    "labels": (_labels(2, 5), None),
    "resize_rule": (ResizeRule(side=320), None),
    "pyramid": (Pyramid((8, 32)), None),
    "design_fg_iou": (0.3, None),
    "budget": (Budget(shapes=3, aim="recall", recall_iou=0.4, evaluations=80), None),
    "used_levels": ((1,), None),
}


def a_run(
    store: KeptResults | None,
    settings: Settings = BASE,
    given: dict[str, tuple[Any, Any]] = FIRST,
    graph: Graph = GRAPH,
) -> Run:
    run = Run(settings, store, graph=graph)
    for name, (value, key) in given.items():
        run.give(graph.sources[name], value, key)
    return run


def outcome(run: Run, stage: Stage[Any]) -> Any:
    """The result, or the sentence that there is instead."""
    try:
        return run.get(stage)
    except UserError as error:
        return str(error)


def same(one: Any, other: Any) -> bool:
    """Whether two results are equal in every number; times are not part of a result."""
    if type(one) is not type(other):
        return False
    if isinstance(one, Tensor):
        return one.shape == other.shape and torch.equal(one.nan_to_num(7e9), other.nan_to_num(7e9))
    if isinstance(one, np.ndarray):
        numbers = one.dtype.kind == "f"
        return one.shape == other.shape and np.array_equal(one, other, equal_nan=numbers)
    if isinstance(one, nn.Module):
        return one is other
    if isinstance(one, float) and math.isnan(one):
        return math.isnan(other)
    if isinstance(one, tuple | list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if is_dataclass(one):
        names = [field.name for field in fields(one) if field.name != "seconds"]
        return all(same(getattr(one, name), getattr(other, name)) for name in names)
    return bool(one == other)


@pytest.fixture(scope="module")
def filled() -> KeptResults:
    """A store with the results of every stage for the first values."""
    store = KeptResults(10**9)
    run = a_run(store)
    for stage in STAGES:
        outcome(run, stage)
    return store


@pytest.mark.parametrize("entry", DECLARED, ids=lambda entry: entry.name)
def test_kept_equals_plain_after_one_setting_changed(filled: KeptResults, entry: Declared) -> None:
    settings = changed(_method_that_reads(entry), entry)
    # As a visitor has it: everything was there, also with the partner's value.
    for before in (BASE, _method_that_reads(entry)):
        kept_before = a_run(filled, before)
        for stage in STAGES:
            outcome(kept_before, stage)
    kept, plain = a_run(filled, settings), a_run(None, settings)
    wrong = [s.name for s in STAGES if not same(outcome(kept, s), outcome(plain, s))]
    assert wrong == []


@pytest.mark.parametrize("name", GRAPH.sources)
def test_kept_equals_plain_after_one_source_changed(filled: KeptResults, name: str) -> None:
    given = {**FIRST, name: OTHERS[name]}
    kept, plain = a_run(filled, given=given), a_run(None, given=given)
    wrong = [s.name for s in STAGES if not same(outcome(kept, s), outcome(plain, s))]
    assert wrong == []


def _method_that_reads(entry: Declared) -> Settings:
    """The first values, with the partner by which the setting applies."""
    when = entry.setting.when
    if when is None:
        return BASE
    partner = BY_NAME[f"{entry.slice}.{when.field}"]
    return changed(BASE, partner, when.values[-1])


@pytest.mark.parametrize("entry", DECLARED, ids=lambda entry: entry.name)
def test_a_setting_recomputes_what_reads_it_and_nothing_else(entry: Declared) -> None:
    store = KeptResults(10**9)
    base = _method_that_reads(entry)
    first = a_run(store, base)
    for stage in STAGES:
        outcome(first, stage)
    again = a_run(store, changed(base, entry))
    for stage in STAGES:
        outcome(again, stage)
    recomputed = {one.stage.name for one in again.log if one.recomputed}
    assert recomputed
    assert recomputed <= {stage.name for stage in GRAPH.touched_by(entry.name)}


def test_every_setting_is_read_by_some_stage() -> None:
    assert [entry.name for entry in DECLARED if not GRAPH.touched_by(entry.name)] == []


# ---- a key that forgets something is caught --------------------------------------------------


def _inputs() -> Iterator[tuple[str, str]]:
    """(stage, parameter) of everything that results depend on."""
    for stage in STAGES:
        if not stage.kept:
            continue  # what has no key forgets nothing
        yield from ((stage.name, name) for name in (*stage.inputs, *stage.readings))


class _Forgetful(Run):
    """A run in which the key of one stage lacks one of its parameters."""

    forgets = ("", "")

    def _leaves_of(self, stage: Stage[Any]) -> Any:
        if stage.name != self.forgets[0]:
            return super()._leaves_of(stage)
        name = self.forgets[1]
        rest = replace(
            stage,
            inputs={key: node for key, node in stage.inputs.items() if key != name},
            readings={key: read for key, read in stage.readings.items() if key != name},
        )
        return super()._leaves_of(rest)


def _changes_of(stage: Stage[Any], parameter: str) -> Iterator[tuple[Settings, Settings, Any]]:
    """Settings before, and settings and sources after what reaches the parameter changed."""
    if parameter in stage.readings:
        names, sources = stage.readings[parameter].settings(), set[str]()
    else:
        node = stage.inputs[parameter]
        node = node.default if isinstance(node, Socket) else node
        if isinstance(node, Source):
            names, sources = set[str](), {node.name}
        else:
            names = GRAPH.settings_of(node)
            sources = {
                other.name
                for one in GRAPH.before(node)
                for other in one.inputs.values()
                if isinstance(other, Source)
            }
    for name in sorted(sources):
        yield BASE, BASE, {**FIRST, name: OTHERS[name]}
    for name in sorted(names):
        entry = BY_NAME[name]
        before = _method_that_reads(entry)
        yield before, changed(before, entry), FIRST


@pytest.mark.parametrize(("name", "parameter"), list(_inputs()))
def test_a_stage_whose_key_forgets_one_input_is_caught(
    name: str, parameter: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless what is forgotten reaches the key by another input, or there is no result to spoil."""
    stage = GRAPH.stages[name]
    monkeypatch.setattr(_Forgetful, "forgets", (name, parameter))
    seen: list[bool] = []
    for first, settings, given in _changes_of(stage, parameter):
        store = KeptResults(10**9)
        before, after = _forgetful(first, FIRST, store), _forgetful(settings, given, store)
        if before.key(stage) != after.key(stage):
            continue
        outcome(before, stage)
        kept, plain = outcome(after, stage), outcome(a_run(None, settings, given), stage)
        if not isinstance(plain, str):  # else there is no result to spoil
            seen.append(not same(kept, plain))
    assert not seen or any(seen), f"nothing shows that the key of {name} lacks {parameter}"


def _forgetful(settings: Settings, given: dict[str, tuple[Any, Any]], store: KeptResults) -> Run:
    run = _Forgetful(settings, store)
    for source, (value, key) in given.items():
        run.give(GRAPH.sources[source], value, key)
    return run


def test_most_inputs_are_not_brought_by_others() -> None:
    """So that the test above is about something: each stage's own readings, at least."""
    own = [(stage, name) for stage in STAGES for name in stage.readings]
    assert len(own) > 15
    for stage, name in own:
        leaves = dict(a_run(KeptResults(10**9)).key(stage)[1])
        assert stage.readings[name] in leaves


# ---- declaring -------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_a_stage_takes_what_the_one_before_gives(stage: Stage[Any]) -> None:
    hints = typing.get_type_hints(stage.function)
    assert "return" in hints
    for name, node in stage.inputs.items():
        node = node.default if isinstance(node, Socket) else node
        if isinstance(node, Stage):
            given = typing.get_type_hints(node.function)["return"]
            wanted = hints[name]
            if name in stage.lazy:
                assert typing.get_args(wanted)[1] == given
            else:
                assert wanted == given
    for name, reading in stage.readings.items():
        value = reading.value(Settings())
        assert isinstance(value, hints[name]) or hints[name] is float


def test_what_was_not_declared_cannot_be_taken() -> None:
    graph = Graph()
    graph.source("photo")

    def declare(function: Any, **said: Any) -> None:
        graph.stage(**said)(function)

    def one(photo: int) -> int:
        return photo

    def two(phto: int) -> int:
        return phto

    def three(photo: int) -> int:
        return photo

    declare(one)
    with pytest.raises(TypeError, match="declared already"):
        declare(one)
    with pytest.raises(TypeError, match="two takes phto"):
        declare(two)
    for said in (
        {"reads": ("nms.nms_thresh",)}, {"without": ("nms.sigma",)}, {"lazy": ("one",)},
    ):  # fmt: skip
        with pytest.raises(TypeError, match="three"):
            declare(three, **said)


def test_a_run_says_what_it_was_not_given() -> None:
    with pytest.raises(LookupError, match="not given photo"):
        Run(BASE).get(GRAPH.stages["pixels"])
    with pytest.raises(LookupError, match="not given photo"):
        Run(BASE, KeptResults(1)).get(GRAPH.stages["pixels"])


def test_results_that_were_made_elsewhere_are_used_and_forgotten() -> None:
    pixels = GRAPH.stages["pixels"]
    store = KeptResults(10**6)
    mine = np.zeros((4, 4, 3), np.uint8)
    a_run(store).offer(pixels, mine)
    run = a_run(store)
    assert run.get(pixels) is mine
    run.forget(pixels)
    assert run.get(pixels).shape == (120, 160, 3)
    assert a_run(None).put(pixels, mine).get(pixels) is mine


def test_times_are_the_stage_s_own(monkeypatch: pytest.MonkeyPatch) -> None:
    run = a_run(None)
    run.get(GRAPH.stages["ledger"])
    assert [one.stage.name for one in run.log] == [
        "pixels", "network", "anchors", "head", "decoded", "selection", "suppression", "ledger"
    ]  # fmt: skip
    assert all(one.recomputed and one.seconds >= 0 for one in run.log)
    assert str(GRAPH.stages["suppression"].label) == "NMS"
    assert GRAPH.stages["suppression"].label == msg("NMS")


def test_what_fills_a_socket_decides_what_comes_after() -> None:
    graph = Graph()
    runs: list[str] = []

    @graph.stage()
    def one() -> int:
        return 1

    @graph.stage()
    def other() -> int:
        return 10

    plug = graph.socket("plug", one)

    @graph.stage()
    def doubled(plug: int) -> int:
        runs.append("doubled")
        return 2 * plug

    store = KeptResults(10**6)
    assert Run(BASE, store, graph=graph).get(doubled) == 2
    connected = Run(BASE, store, graph=graph).connect(plug, other)
    assert (connected.get(doubled), connected.get(plug)) == (20, 10)
    assert Run(BASE, store, graph=graph).get(doubled) == 2
    assert len(runs) == 2, "each is kept under a key of its own"
    connected.forget(other)
    assert (connected.get(doubled), len(runs)) == (20, 2), "the store has what came after"
    with pytest.raises(TypeError, match="declared already"):
        graph.socket("one", one)


def test_another_value_is_another_one() -> None:
    for entry in DECLARED:
        assert another_value(entry) != entry.value(Settings())
