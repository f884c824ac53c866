"""Exported and read again, anchors are what they were; no text raises anything but a UserError."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpn_core.errors import UserError
from rpn_core.frameworks.exported import scaled_sizes
from rpn_core.frameworks.read import read_anchors
from rpn_core.frameworks.table import FRAMEWORKS, export_anchors
from rpn_core.frameworks.yolo import shapes_of
from rpn_core.settings import MAX_VALUES_PER_LEVEL, AnchorSettings

STRIDES = (4, 8, 16, 32, 64, 128)


def level(numbers, *, least=1, most=MAX_VALUES_PER_LEVEL):
    return st.lists(numbers, min_size=least, max_size=most, unique=True).map(
        lambda found: tuple(sorted(found))
    )


def ascending(levels):
    """Not wholly upside down, which is read as a mistake."""
    return len(levels) == 1 or levels[0][0] <= levels[-1][0]


def sizes_of(levels, numbers, **limits):
    return st.tuples(*[level(numbers, **limits)] * levels).filter(ascending)


any_size = st.floats(2, 2048) | st.integers(2, 2048)
any_ratio = st.floats(0.05, 20) | st.sampled_from([0.5, 1, 2])
counts = st.integers(1, 6)


@st.composite
def torchvision_settings(draw):
    levels = draw(counts)
    return AnchorSettings(
        draw(sizes_of(levels, any_size)),
        draw(st.tuples(*[level(any_ratio)] * levels)),
        offset=0,
        convention="torchvision",
    )


@st.composite
def detectron2_settings(draw):
    levels = draw(counts)
    return AnchorSettings(
        draw(sizes_of(levels, any_size)),
        draw(st.tuples(*[level(any_ratio)] * levels)),
        offset=draw(st.floats(0, 1, exclude_max=True)),
    )


@st.composite
def shared_scales(draw):
    """What mmdetection can say: the same multiples of each stride, and one list of ratios."""
    levels = draw(counts)
    eighths = draw(level(st.integers(4, 128)))
    sizes = tuple(tuple(stride * n / 8 for n in eighths) for stride in STRIDES[:levels])
    return AnchorSettings(
        sizes, (draw(level(any_ratio)),) * levels, offset=draw(st.sampled_from([0, 0.25, 0.5, 1]))
    )


@st.composite
def yolo_settings(draw):
    levels = draw(st.integers(1, 6))
    return AnchorSettings(
        draw(sizes_of(levels, st.integers(16, 1000), most=4)),
        draw(st.tuples(*[level(st.sampled_from([0.25, 0.5, 1, 1.5, 2, 3, 4]), most=4)] * levels)),
    )


def there_and_back(framework, settings):
    strides = STRIDES[: len(settings.sizes)]
    return read_anchors(export_anchors(framework, settings, strides).text, strides)


@given(torchvision_settings())
def test_torchvision(settings):
    pasted = there_and_back("torchvision", settings)
    assert (pasted.settings, pasted.findings) == (settings, ())


@pytest.mark.parametrize("framework", ["detectron2 yaml", "detectron2 LazyConfig"])
@given(settings=detectron2_settings())
def test_detectron2(framework, settings):
    pasted = there_and_back(framework, settings)
    assert pasted.settings == settings
    assert not any(finding.mended for finding in pasted.findings)


@given(shared_scales())
def test_mmdetection(settings):
    pasted = there_and_back("mmdetection", settings)
    assert (pasted.settings, pasted.findings) == (settings, ())


def shapes_by_level(settings):
    """The (w, h) of each level in hundredths of a pixel, as YOLO's text has them."""
    if settings.shapes:
        return list(settings.shapes)
    return [
        shapes_of(sizes, ratios, 1.0)
        for sizes, ratios in zip(scaled_sizes(settings), settings.aspect_ratios, strict=True)
    ]


@pytest.mark.parametrize("framework", ["YOLO yaml", "YOLO w,h list"])
@given(settings=yolo_settings())
def test_yolo_reads_back_the_very_shapes(framework, settings):
    pasted = there_and_back(framework, settings)
    assert shapes_by_level(pasted.settings) == shapes_by_level(settings)


@given(detectron2_settings())
def test_our_own_file(settings):
    assert there_and_back("RPN Explorer JSON", settings).settings == settings


snippets = st.sampled_from(
    [export_anchors(framework, AnchorSettings(), STRIDES[1:5]).text for framework in FRAMEWORKS]
    + [
        "AnchorGenerator(sizes=((32,), (64,)), aspect_ratios=((0.5, 1),) * 2)",
        "anchors: [1,2]",
        "s = [int(x * 2 ** (i / 3)) for x in [32, 64] for i in range(3)]\nAnchorGenerator((s,))",
        'MODEL.ANCHOR_GENERATOR.SIZES "[[32],[64]]" MODEL.ANCHOR_GENERATOR.OFFSET 0.5',
        "model.rpn_head.anchor_generator.scales=8,16",
        "cfg['MODEL']['ANCHOR_GENERATOR']['SIZES'] = [[[32], [64]]]",
        "SIZES: !!python/object/apply:eval ['[[x] for x in [8, 16]]']\n"
        "NAME: RotatedAnchorGenerator",
        "[net]\nwidth=416\n[convolutional]\nstride=2\n[yolo]\nmask = 0,1\nanchors = 4,5, 8,9",
        "[region]\nanchors = 1.5,2.5, 3.5,4.5",
        "Boxes:\n[[10. 13.]\n [16. 30.]]\nRatios:\n[0.5]",
        "anchors:\n  - [10,13, 16,30]  # P3/8\n  - [30,61, 62,45]  # P4/16",
        "dict(type='SSDAnchorGenerator', scale_major=False, strides=[8, 16], ratios=[[2]] * 2, "
        "min_sizes=[20, 40], max_sizes=[40, 80])",
        "rpn_head=dict(anchor_scales=[8], anchor_ratios=[1.0], anchor_strides=[8, 16])",
        "SSD(b, DefaultBoxGenerator([[2]], scales=[0.1, 0.2], steps=[16]), (300, 300))",
        "[anchor_parameters]\nsizes = 32 64\nstrides = 8 16\nratios = 1 2\nscales = 1",
        "anchor_scale: 4.0\naspect_ratios: [1.0, (1.4, 0.7)]\nmin_level: 3\nmax_level: 5",
    ]
)


@st.composite
def damaged(draw):
    """A right text with a piece cut out, repeated or replaced."""
    text = draw(snippets)
    a, b = sorted((draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))))
    middle = draw(st.sampled_from(["", text[a:b] * 2]) | st.text(max_size=8) | st.sampled_from(
        ["# P3/" + "9" * 400, "- - [", "None",
         "1e999", "nan", "-1", "[]", "()", "*", "{}", "'", "\n", "&a", "0x", "True", "1_0"]
    ))  # fmt: skip
    return text[:a] + middle + text[b:]


@given(st.text() | damaged(), st.sampled_from([(16,), (8, 16, 32, 64), (4, 8, 16, 32, 64)]))
def test_no_text_raises_anything_but_a_user_error(text, strides):
    with contextlib.suppress(UserError):
        pasted = read_anchors(text, strides)
        assert len(pasted.settings.sizes) == len(strides)
        if pasted.corrected:
            # The corrected text has nothing left to correct.
            with contextlib.suppress(UserError):
                again = read_anchors(pasted.corrected, strides)
                assert not again.mended
