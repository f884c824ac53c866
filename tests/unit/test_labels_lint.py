"""The linter: each rule where its decision flips, and no rule on what is right."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rpn_core.labels.finding import Severity
from rpn_core.labels.formats.read import read_labels
from rpn_core.labels.label_set import LabelSet, label_set
from rpn_core.labels.lint.report import LintReport, lint, lint_label_set
from rpn_core.labels.stores.thumbnail import box_thumbnail
from rpn_core.messages import language
from tests.marked_language import MARKED, outside_marks
from tests.pictures import jpeg
from tests.unit.labels_data import NO_IMAGES, boxes_in, coco, read, voc, voc_object
from tests.unit.test_labels_files import turned


def found(labels: LabelSet, **how: float) -> dict[str, int]:
    return lint_label_set(labels, NO_IMAGES, **how).counts()  # type: ignore[arg-type]


GOOD = [10.0, 10, 50, 40]
NAN, INF = float("nan"), float("inf")

# Boxes of an image of 100 x 80 px, and what is found beside nothing at all.
CASES = [
    ([GOOD], {}),
    ([[0, 0, 100, 80]], {}),
    ([[NAN, 0, 9, 9]], {"not-finite": 1}),
    ([[0, 0, INF, 9]], {"not-finite": 1}),
    ([[10, 10, 10, 40]], {"no-area": 1}),
    ([[50, 40, 10, 10]], {"no-area": 1}),
    ([[10, 10, 50, 10]], {"no-area": 1}),
    ([[100, 10, 150, 40]], {"wholly-outside": 1}),
    ([[99, 10, 150, 40]], {"partly-outside": 1}),
    ([[-50, 10, 0, 40]], {"wholly-outside": 1}),
    ([[10, 80, 50, 90]], {"wholly-outside": 1}),
    ([[-0.5, -0.5, 100.5, 80.5]], {}),
    ([[-0.51, 0, 50, 40]], {"partly-outside": 1}),
    ([[0, 0, 50, 80.51]], {"partly-outside": 1}),
    ([[10, 10, 11, 40]], {"below-a-pixel": 1}),
    ([[10, 10, 11.01, 40]], {"tiny": 1}),
    ([[10, 10, 17.99, 40]], {"tiny": 1}),
    ([[10, 10, 18, 40]], {}),
    ([GOOD, [10, 10, 50, 40.0001]], {"duplicate": 1}),
    ([GOOD, [10, 10, 50, 40.01]], {}),
    ([GOOD, [1, 1, 30, 30], GOOD, GOOD], {"duplicate": 2}),
]


@pytest.mark.parametrize(("boxes", "kinds"), CASES)
def test_a_rule_flips_where_it_says(boxes: list[list[float]], kinds: dict[str, int]) -> None:
    counts = found(boxes_in([*boxes, [3, 3, 90, 70]]))
    assert counts == kinds


def test_the_limit_of_tiny_can_be_moved() -> None:
    labels = boxes_in([[10, 10, 25, 40]])
    assert found(labels, tiny_px=15) == {}
    assert found(labels, tiny_px=16) == {"tiny": 1}


def test_flags_and_categories() -> None:
    labels = boxes_in(
        [[1, 1, 20, 20], [2, 2, 30, 30], [3, 3, 40, 40], [3, 3, 40, 40]],
        crowd=np.array([1, 0, 0, 0], bool),
        difficult=np.array([0, 1, 0, 0], bool),
        category=np.array([0, -1, 0, 1]),
    )
    assert found(labels) == {
        "no-category": 1, "duplicate-other-category": 1, "crowd": 1, "difficult": 1
    }  # fmt: skip


def test_rows_tell_what_came_in_numbers() -> None:
    report = lint_label_set(
        boxes_in([GOOD, [50, 40, 10, 10], [95.5, 10, 150, 40], GOOD, [1, 1, 4, 9]]), NO_IMAGES
    )
    rows = {row.rule.kind: (row.image, row.box, str(row.came)) for row in report.rows()}
    assert rows == {
        "no-area": ("a.jpg", 1, "x1 50, y1 40, x2 10, y2 10"),
        "partly-outside": (
            "a.jpg", 2, "x1 95.5, y1 10, x2 150, y2 40; the image has 100 x 80 px"
        ),
        "duplicate": ("a.jpg", 3, "as box 0, same category"),
        "tiny": ("a.jpg", 4, "width 3, height 8 px, below 8"),
    }  # fmt: skip


def test_errors_come_first_and_every_rule_speaks_in_sentences() -> None:
    boxes = [
        GOOD, GOOD, [NAN] * 4, [50, 40, 10, 10], [200, 200, 300, 300], [-9, 0, 20, 20],
        [10, 10, 11, 40], [1, 1, 4, 9],
    ]  # fmt: skip
    report = lint_label_set(boxes_in(boxes, category=np.full(8, -1)), NO_IMAGES)
    order = [*Severity]
    ranks = [order.index(group.rule.severity) for group in report.groups]
    assert ranks == sorted(ranks)
    assert len(ranks) == 8
    for group in report.groups:
        for sentence in (group.rule.otherwise, group.rule.remedy):
            assert str(sentence).endswith(".")
    assert sum(report.count(severity) for severity in Severity) == sum(report.counts().values())


def many(boxes: np.ndarray, hw: tuple[int, int] = (480, 640)) -> LabelSet:
    """Ten boxes per image."""
    count = len(boxes)
    images = -(-count // 10)
    return label_set(
        tuple(f"{place}.jpg" for place in range(images)),
        boxes,
        np.arange(count) // 10,
        sizes_hw=np.tile(np.array(hw), (images, 1)),
        categories=("cat",),
        category=np.zeros(count, np.int64),
    )


@pytest.fixture
def right() -> np.ndarray:
    draw = np.random.default_rng(0)
    sides = draw.uniform(12, 200, (500, 2))
    corners = draw.uniform(0, 1, (500, 2)) * ([640, 480] - sides)
    return np.concatenate((corners, corners + sides), 1)


def frames(labels: LabelSet) -> set[str]:
    kinds = {"xywh-as-xyxy", "xyxy-as-xywh", "fractions-as-pixels", "pixels-as-fractions"}
    return kinds & found(labels).keys()


def as_xywh(boxes: np.ndarray) -> np.ndarray:
    return np.concatenate((boxes[:, :2], boxes[:, 2:] - boxes[:, :2]), 1)


def test_a_wrong_frame_is_told_by_all_boxes_together(right: np.ndarray) -> None:
    assert found(many(right)) == {}
    assert frames(many(as_xywh(right))) == {"xywh-as-xyxy"}
    too_far = np.concatenate((right[:, :2], right[:, :2] + right[:, 2:]), 1)
    assert frames(many(too_far)) == {"xyxy-as-xywh"}
    assert frames(many(right / [640, 480, 640, 480])) == {"fractions-as-pixels"}
    # cx cy w h in pixels, which YOLO's reader multiplies by the image's size.
    centre, sides = (right[:, :2] + right[:, 2:]) / 2, right[:, 2:] - right[:, :2]
    as_yolo = np.concatenate((centre - sides / 2, centre + sides / 2), 1) * [640, 480, 640, 480]
    assert frames(many(as_yolo)) == {"pixels-as-fractions"}


def test_the_evidence_is_told_in_numbers(right: np.ndarray) -> None:
    report = lint_label_set(many(as_xywh(right)), NO_IMAGES)
    group = report.group("xywh-as-xyxy")
    assert group is not None
    (row,) = group.rows(report.labels)
    assert (row.image, row.box) == (None, None)
    assert str(row.came).startswith(
        "impossible as read (without area or outside the image): "
        f"{report.counts()['no-area']:,} of 500 boxes; "
    )
    assert "possible the other way: 500" in str(row.came)


def test_without_sizes_swapped_corners_alone_tell(right: np.ndarray) -> None:
    assert frames(many(as_xywh(right), (0, 0))) == {"xywh-as-xyxy"}
    assert frames(many(right, (0, 0))) == set()


def test_a_few_wrong_boxes_are_no_wrong_frame(right: np.ndarray) -> None:
    right[:60] = as_xywh(right)[:60]
    assert frames(many(right)) == set()
    assert frames(many(as_xywh(right)[:4])) == set(), "four boxes prove nothing"


def test_images_are_compared_with_their_annotations() -> None:
    names = ("right", "other", "turned", "broken", "missing", "unknown")
    images = [
        {"id": place, "file_name": f"{name}.jpg", "width": 40, "height": 20}
        for place, name in enumerate(names)
    ]
    del images[-1]["width"]
    rows = [{"image_id": place, "bbox": [1, 1, 15, 15]} for place in range(len(names))]
    loaded = read(
        {
            "x.json": coco(*rows, images=images),
            "right.jpg": turned(1), "other.jpg": jpeg(80, 40), "turned.jpg": turned(6),
            "broken.jpg": b"no image", "unknown.jpg": jpeg(40, 20),
        }
    )  # fmt: skip
    report = lint(loaded)
    assert report.counts() == {
        "image-missing": 1, "image-unreadable": 1, "other-size": 1, "turned": 1
    }  # fmt: skip
    rows_by_kind = {row.rule.kind: (row.image, str(row.came)) for row in report.rows()}
    assert rows_by_kind["other-size"] == (
        "other.jpg", "annotated 40 x 20 px, the file has 80 x 40"
    )  # fmt: skip
    assert rows_by_kind["turned"][0] == "turned.jpg"
    assert loaded.labels.sizes_hw.tolist()[-1] == [20, 40], "read from the header"


def test_images_without_boxes_or_size_or_listed_twice() -> None:
    images = [{"id": place, "file_name": name} for place, name in enumerate(("a", "b", "a"))]
    crowd = {"image_id": 1, "bbox": [1, 1, 15, 15], "iscrowd": 1}
    report = lint(
        read({"x.json": coco({"image_id": 0, "bbox": [1, 1, 15, 15]}, crowd, images=images)})
    )
    assert report.counts() == {"listed-twice": 1, "crowd": 1, "size-unknown": 3, "no-boxes": 2}
    twice = report.group("listed-twice")
    assert twice is not None
    assert str(twice.rows(report.labels)[0].came) == "as image 0, from 0"
    unknown = report.group("size-unknown")
    assert unknown is not None
    assert [str(row.came) for row in unknown.rows(report.labels)] == ["1 box", "1 box", "0 boxes"]


def test_rows_are_said_in_the_language_of_the_reader_and_files_in_english() -> None:
    report = lint_label_set(boxes_in([GOOD, [50, 40, 10, 10]]), NO_IMAGES)
    english = report.document()
    with language(MARKED):
        (row,) = report.rows()
        said = (row.came, row.rule.title, row.rule.remedy, row.rule.severity.label)
        assert [outside_marks(str(text)) for text in said] == [""] * 4
        assert report.document() == english


def test_what_the_reader_had_to_say_is_among_the_findings() -> None:
    unlisted = lint(read({"x.json": coco({"bbox": [0, 0, 20, 20], "image_id": 5})}))
    assert unlisted.counts() == {"no-such-image": 1, "no-boxes": 1}
    from_0 = lint(read({"a.xml": voc(voc_object(0, 0, 20, 20))}))
    assert from_0.counts() == {"counts-from-0": 1}


def test_a_million_findings_are_counted_and_twenty_are_shown() -> None:
    count = 1_000_000
    labels = boxes_in([GOOD])
    labels = label_set(
        ("a.jpg",), np.tile([90.0, 70, 30, 30], (count, 1)), np.zeros(count, np.int64),
        sizes_hw=labels.sizes_hw, categories=("cat",), category=np.zeros(count, np.int64),
    )  # fmt: skip
    report = lint_label_set(labels, NO_IMAGES)
    assert report.counts() == {"no-area": count, "no-boxes": 1}
    document = report.document(per_kind=20)
    assert document["findings"][0]["count"] == count
    assert len(document["findings"][0]["shown"]) == 20
    group = report.group("no-area")
    assert group is not None
    assert [row.box for row in group.rows(labels, count - 3, 20)] == [
        count - 3,
        count - 2,
        count - 1,
    ]


def test_an_empty_set_has_no_findings() -> None:
    report = lint_label_set(label_set((), np.zeros((0, 4)), np.zeros(0, np.int64)), NO_IMAGES)
    assert report.groups == ()


def test_progress_rises_to_one() -> None:
    told: list[float] = []
    lint(
        read({"x.json": coco({"bbox": [1, 2, 30, 40]}), "a.jpg": jpeg(9, 9)}), progress=told.append
    )
    assert told == sorted(told)
    assert told[-1] == 1.0


def orange(picture: bytes) -> int:
    """How many pixels have about the colour of the box."""
    rgb = np.asarray(Image.open(io.BytesIO(picture)).convert("RGB")).astype(int)
    return int((np.abs(rgb - [255, 176, 0]).max(2) < 90).sum())


@pytest.mark.parametrize(
    ("box", "drawn"),
    [
        ([10, 10, 60, 50], True),
        ([60, 50, 10, 10], True),
        ([10, 10, 10, 50], True),
        ([-30, -30, 250, 220], True),
        ([210, 50, 260, 90], True),
        ([1e9, 1e9, 2e9, 2e9], False),
        ([-1e300, 20, 1e300, 60], True),
        ([NAN, 0, 9, 9], False),
        (None, False),
    ],
)
def test_a_thumbnail_shows_the_box_wherever_it_lies(box: list[float] | None, drawn: bool) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (200, 160), "navy").save(buffer, "PNG")
    corners = None if box is None else np.array(box, float)
    made = box_thumbnail(buffer.getvalue(), "a.png", corners, side=160)
    assert max(Image.open(io.BytesIO(made)).size) == 160
    assert (orange(made) > 20) == drawn


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("where", "counts"),
    [
        ("neu_det", {}),
        ("bccd_voc", {"below-a-pixel": 2}),
        ("roadsign_yolo", {"tiny": 8}),
        ("general/val_coco.json", {"tiny": 318}),
    ],
)
def test_real_sets_have_no_errors(shared_data: Path, where: str, counts: dict[str, int]) -> None:
    report: LintReport = lint(read_labels(shared_data / where))
    assert report.count(Severity.ERROR) == 0
    assert report.counts() == counts


@pytest.mark.shared_data
@pytest.mark.parametrize(
    "where", ["general/val_coco.json", "general/val_voc.json", "neu_det", "bccd_voc"]
)
def test_a_real_set_in_the_wrong_frame_is_recognised(shared_data: Path, where: str) -> None:
    labels = read_labels(shared_data / where).labels
    boxes = labels.boxes

    def reframed(other: np.ndarray) -> set[str]:
        return frames(label_set(labels.names, other, labels.image, sizes_hw=labels.sizes_hw))

    sizes = np.tile(labels.sizes_hw[labels.image][:, ::-1], 2)
    assert reframed(boxes) == set()
    assert reframed(as_xywh(boxes)) == {"xywh-as-xyxy"}
    assert reframed(np.concatenate((boxes[:, :2], boxes[:, :2] + boxes[:, 2:]), 1)) == {
        "xyxy-as-xywh"
    }
    assert reframed(boxes / sizes) == {"fractions-as-pixels"}
    assert reframed(boxes * sizes) == {"pixels-as-fractions"}
