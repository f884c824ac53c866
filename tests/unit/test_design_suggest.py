"""Suggested anchors: better placed than by k-means or by shape alone, and the same every time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rpn_core.design.budget import Budget
from rpn_core.design.coverage import coverage
from rpn_core.design.curve import coverage_curve
from rpn_core.design.kmeans import kmeans_shapes, shape_iou
from rpn_core.design.objective import objective_of
from rpn_core.design.objects import DesignObjects, design_objects, sample_objects
from rpn_core.design.placement import improve, place
from rpn_core.design.product_design import as_settings, flatten, of_settings
from rpn_core.design.product_moves import descend
from rpn_core.design.product_starts import greedy_start, kmeans_start
from rpn_core.design.pyramid import Pyramid
from rpn_core.design.resize_rule import ResizeRule
from rpn_core.design.search_anchors import fits, search_anchors
from rpn_core.design.search_product import splits
from rpn_core.design.shapes import shape_table
from rpn_core.design.suggest import median_input, suggest
from rpn_core.errors import UserError
from rpn_core.labels.formats.read import read_labels
from rpn_core.labels.label_set import label_set
from rpn_core.settings import AnchorSettings
from tests.anchor_peers import anchor_optimization, on_levels, placed, yolo_kmeans

STRIDES = (8, 16, 32, 64)
PYRAMID = Pyramid(STRIDES)
OWN = AnchorSettings()
FEW = Budget(shapes=3, evaluations=3000, sample=400)
GRID = replace(FEW, form="grid")


def street(count: int = 400, seed: int = 0) -> DesignObjects:
    """Thin uprights and wide plates, small to large, in images of 300 x 400."""
    random = np.random.default_rng(seed)
    image = np.sort(random.integers(0, 100, count))
    size = np.exp(random.uniform(2, 5, count))
    ratio = np.exp(random.choice([-0.8, 1.1], count) + 0.2 * random.normal(size=count))
    wh = np.stack([size / np.sqrt(ratio), size * np.sqrt(ratio)], axis=1)
    corner = random.random((count, 2)) * np.maximum([400, 300] - wh, 1)
    labels = label_set(
        tuple(map(str, range(100))), np.concatenate([corner, corner + wh], axis=1), image,
        sizes_hw=np.full((100, 2), [300, 400]),
    )  # fmt: skip
    return design_objects(labels, ResizeRule())


DATA = {
    "street": lambda _: street(1000),
    "general": lambda data: _read(data / "general" / "train.json"),
    "bccd_voc": lambda data: _read(data / "bccd_voc"),
    "roadsign": lambda data: _read(data / "roadsign_yolo"),
}


def _read(path: Path) -> DesignObjects:
    return sample_objects(design_objects(read_labels(path).labels, ResizeRule()), 1000, seed=1)


@pytest.fixture(params=["street", *(pytest.param(n, marks=pytest.mark.shared_data)
                                   for n in list(DATA)[1:])])  # fmt: skip
def objects(request: pytest.FixtureRequest) -> DesignObjects:
    data = None if request.param == "street" else request.getfixturevalue("shared_data")
    return DATA[request.param](data)


@pytest.mark.parametrize("form", ["free", "grid"])
def test_better_placed_than_kmeans_and_than_evolution_by_shape(objects, form):
    """At 9 shapes a level, as RetinaNet has them, on the same levels and the same objects."""
    wh = objects.wh.astype(np.float64)
    by_kmeans = on_levels(yolo_kmeans(wh, 9 * len(STRIDES)), len(STRIDES))
    others = {"k-means": placed(objects, PYRAMID, OWN, by_kmeans)}
    for goal in ("focal", "avg"):
        found = anchor_optimization(wh, STRIDES, 3, goal)
        assert len(found) == 9 * len(STRIDES)
        others[f"evolution, {goal}"] = placed(objects, PYRAMID, OWN, found)
    for budget, worth in (
        (Budget(shapes=9, form=form, evaluations=15_000), np.mean),
        (
            Budget(shapes=9, form=form, evaluations=15_000, aim="recall"),
            lambda iou: np.mean(iou >= 0.7),
        ),
    ):
        ours, _ = search_anchors(objects, PYRAMID, OWN, budget)
        assert len(shape_table(ours)) <= 9 * len(STRIDES)
        mine = worth(placed(objects, PYRAMID, OWN, shape_table(ours)))
        for name, theirs in others.items():
            assert mine > worth(theirs) + 0.01, (budget.aim, name)


def test_the_search_sees_the_iou_that_coverage_measures():
    objects = street()
    for settings in (OWN, replace(OWN, convention="torchvision", offset=0.0)):
        table = shape_table(settings)
        best = np.zeros(len(objects), np.float32)
        wh = table.size_ratio[:, :1] * np.sqrt(table.size_ratio[:, 1:]) ** [-1, 1]
        improve(place(objects, PYRAMID, settings), table.level, wh, best)
        found = coverage(objects, PYRAMID, settings)
        np.testing.assert_allclose(best, found.placed_iou, atol=2e-4)


def test_the_same_seed_suggests_the_same_anchors():
    objects = street()
    once, again = (suggest(objects, PYRAMID, OWN, FEW) for _ in range(2))
    assert (once.anchors, once.trials) == (again.anchors, again.trials)
    assert suggest(objects, PYRAMID, OWN, replace(FEW, seed=1, sample=100)).anchors != once.anchors


def test_before_and_after_are_measured_on_all_objects():
    objects = street(600)
    seen: list[float] = []
    made = suggest(objects, PYRAMID, OWN, FEW, progress=seen.append)
    assert (len(made.before), len(made.after), made.sampled) == (600, 600, 600)
    assert made.after.anchors == made.anchors
    assert made.before.anchors == OWN
    assert np.array_equal(
        made.after.placed_iou, coverage(objects, PYRAMID, made.anchors).placed_iou
    )
    assert made.cost_before.shapes == (9,) * 4
    assert max(made.cost_after.shapes) <= 3
    assert made.trials < 6000
    assert seen == sorted(seen)
    assert seen[-1] == 1


def test_present_anchors_that_nothing_beats_come_back():
    objects = street()
    best = suggest(objects, PYRAMID, OWN, replace(FEW, sample=400)).anchors
    # One trial is not enough to find anything better than what a whole search has found.
    again = suggest(objects, PYRAMID, best, replace(FEW, evaluations=1))
    assert again.kept
    assert again.anchors == best
    assert again.after.mean_iou == again.before.mean_iou
    assert not suggest(objects, PYRAMID, OWN, FEW).kept, "six shapes a level do not fit the budget"


def test_suggested_numbers_are_what_the_app_can_show():
    made = suggest(street(), PYRAMID, replace(OWN, size_factor=2.0, offset=0.25), GRID).anchors
    assert (made.size_factor, made.offset, made.convention) == (1.0, 0.25, "detectron2")
    for sizes in made.sizes:
        assert list(sizes) == sorted(sizes)
        assert all(size == round(size, 1) for size in sizes)
        assert all(size == int(size) for size in sizes if size >= 16)
    assert all(r == round(r, 2) for ratios in made.aspect_ratios for r in ratios)


@pytest.mark.parametrize("aim", ["mean_iou", "recall"])
def test_shared_ratios_are_one_list(aim):
    made = suggest(street(), PYRAMID, OWN, replace(GRID, shared_ratios=True, aim=aim)).anchors
    assert len(set(made.aspect_ratios)) == 1


def test_a_total_may_leave_levels_empty():
    budget = replace(FEW, scope="total", shapes=6)
    made = suggest(street(), PYRAMID, OWN, budget)
    assert sum(made.cost_after.shapes) <= 6
    assert fits(made.anchors, budget)
    assert not fits(made.anchors, replace(budget, shapes=1))
    small = design_objects(
        label_set(("a",), np.array([[20.0, 20, 30, 30]]), np.array([0]),
                  sizes_hw=np.array([[400, 400]])),
        ResizeRule(),
    )  # fmt: skip
    only = suggest(small, PYRAMID, OWN, replace(budget, shapes=1))
    assert only.cost_after.shapes == (1, 0, 0, 0), "the one small object needs the finest level"
    assert only.after.placed_iou[0] > 0.6


@pytest.mark.parametrize(
    ("budget", "expected"),
    [
        (Budget(shapes=1), [(1, 1)]),
        (Budget(shapes=9), [(9, 1), (4, 2), (3, 3), (2, 4), (1, 9)]),
        (Budget(shapes=30), [(10, 3), (7, 4), (6, 5), (5, 6), (4, 7), (3, 10)]),
        (Budget(shapes=12, scope="total"), [(12, 1), (6, 2), (4, 3), (3, 4), (2, 6), (1, 10)]),
    ],
)
def test_ways_to_split_a_budget(budget, expected):
    found = splits(budget, 4)
    assert found == expected
    assert all(k * m <= budget.shapes for k, m in found)


@pytest.mark.parametrize(
    "fields",
    [{"shapes": 0}, {"shapes": 101}, {"shapes": 2.5}, {"scope": "image"}, {"aim": "mAP"},
     {"recall_iou": 1.0}, {"sample": 0}, {"evaluations": 0}],
)  # fmt: skip
def test_budgets_that_make_no_sense(fields):
    with pytest.raises(UserError):
        Budget(**fields)


def test_nothing_to_suggest_for():
    empty = design_objects(label_set(("a",), np.empty((0, 4)), np.empty(0, int)), ResizeRule())
    with pytest.raises(UserError, match="no object to suggest anchors for"):
        suggest(empty, PYRAMID, OWN, FEW)
    with pytest.raises(UserError, match="strides for 2"):
        suggest(street(), Pyramid((8, 16)), OWN, FEW)


def test_descending_never_makes_it_worse_and_stays_within_limits():
    objective = objective_of(street(), PYRAMID, OWN, Budget())
    start = flatten(of_settings(OWN, shared=False))
    before = coverage(street(), PYRAMID, OWN).mean_iou
    values, worth = descend(objective, start, start.values, 2000)
    assert worth > before
    assert ((values >= start.low) & (values <= start.high)).all()
    assert objective.trials < 2100


def test_flat_coordinates_are_those_of_the_settings():
    settings = AnchorSettings(((10, 20), (), (200,), (400,)), ((1, 2), (1,), (), (3,)))
    design = of_settings(settings, shared=False)
    flat = flatten(design)
    shapes = flat.shapes(flat.values, np.arange(len(flat.level)))
    np.testing.assert_allclose(shapes, shape_table(settings).wh, rtol=1e-5)
    assert flat.level.tolist() == [0, 0, 0, 0, 3]
    shared = flatten(of_settings(OWN, shared=True))
    assert len(shared.values) == 12 + 3, "sizes of four levels, ratios once"


def test_rounding_for_people_keeps_small_sizes_apart():
    design = of_settings(AnchorSettings(((9.04, 9.16),), ((0.333,),)), shared=False)
    made = as_settings(design, OWN)
    assert made.sizes == ((9.0, 9.2),)
    assert made.aspect_ratios == ((0.33,),)


def test_starts_hold_what_was_asked_for():
    objective = objective_of(street(), PYRAMID, OWN, Budget())
    greedy = greedy_start(objective, STRIDES, 8, 2, 3, shared=False)
    assert [len(sizes) for sizes in greedy.sizes] == [2] * 4
    assert {len(ratios) for ratios in greedy.ratios} == {3}
    wh = street().wh.astype(np.float64)
    means = kmeans_start(wh, STRIDES, 2, 3, False, seed=0)
    assert [len(sizes) for sizes in means.sizes] == [2] * 4
    middle = [np.mean(sizes) for sizes in means.sizes]
    assert middle == sorted(middle), "small shapes lie on fine levels"


def test_kmeans_finds_clusters_and_bears_few_boxes():
    random = np.random.default_rng(0)
    around = np.array([[10.0, 20.0], [40.0, 40.0], [200.0, 50.0]])
    wh = np.repeat(around, 50, axis=0) * np.exp(0.05 * random.normal(size=(150, 2)))
    found = kmeans_shapes(wh, 3)
    np.testing.assert_allclose(found, around, rtol=0.05)
    assert shape_iou(wh, found).max(axis=1).mean() > 0.9
    assert len(kmeans_shapes(wh[:1].repeat(5, axis=0), 3)) == 1, "five alike are one cluster"
    # One box in a hundred as large as the image does not move the median.
    huge = np.vstack([np.full((99, 2), 20.0), [[2000.0, 2000.0]]])
    assert kmeans_shapes(huge, 1).tolist() == [[20, 20]]


@pytest.mark.parametrize("aim", ["mean_iou", "recall"])
def test_the_curve_never_falls_and_knows_where_more_stops_paying(aim):
    objects = street()
    seen: list[float] = []
    budget = replace(FEW, aim=aim, evaluations=1500)
    curve = coverage_curve(objects, PYRAMID, OWN, budget, counts=(4, 1, 2), progress=seen.append)
    assert [point.shapes for point in curve.points] == [1, 2, 4]
    height = [point.reached for point in curve.points]
    assert height == sorted(height)
    assert height[-1] > height[0] + 0.02
    assert curve.total == 400
    assert curve.points[0].cost.shapes == (1,) * 4
    point = curve.points[-1]
    assert point.mean_iou == pytest.approx(coverage(objects, PYRAMID, point.anchors).mean_iou)
    assert seen == sorted(seen)
    assert curve.enough in (1, 2, 4)
    flat = replace(curve, points=(curve.points[0], replace(curve.points[0], shapes=5)))
    assert flat.enough == 1, "four more shapes for nothing"


def test_the_median_input_is_one_that_occurs():
    labels = label_set(
        ("a", "b", "c", "d"), np.tile([[0.0, 0, 9, 9]], (4, 1)), np.arange(4),
        sizes_hw=np.array([[100, 200], [200, 100], [100, 100], [0, 0]]),
    )  # fmt: skip
    objects = design_objects(labels, ResizeRule("long_side", 320))
    assert median_input(objects) == (320, 320)
