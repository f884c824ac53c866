"""Configurations as people have them, after public reports: read as what they mean, or refused by
their true cause. Right values are computed beside each row.
"""

from __future__ import annotations

import time

import pytest

from rpn_core.anchors.shapes import level_shapes
from rpn_core.errors import UserError
from rpn_core.frameworks.read import read_anchors
from rpn_core.frameworks.table import export_anchors
from rpn_core.settings import AnchorSettings

STRIDES = (8, 16, 32, 64)
ONE = ((1.0,),) * 4
THREE = ((0.5, 1.0, 2.0),) * 4
V3 = (
    ((10, 13), (16, 30), (33, 23)),
    ((30, 61), (62, 45), (59, 119)),
    ((116, 90), (156, 198), (373, 326)),
)
NINE = "10,13,  16,30,  33,23,  30,61,  62,45,  59,119,  116,90,  156,198,  373,326"
DOUBLING = ((32,), (64,), (128,), (256,))


def read(text, strides=STRIDES):
    return read_anchors(text, strides)


def told(pasted):
    return " | ".join(str(finding.sentence) for finding in pasted.findings)


def section(mask, anchors=NINE):
    return f"[yolo]\nmask = {mask}\nanchors = {anchors}\nclasses=80\n"


# ---- lists of width and height ---------------------------------------------------------------

P3_TO_P5 = (*V3, ())
LISTS = [
    pytest.param(
        "nc: 2\nanchors:\n  - [4,5, 8,10, 13,9]  # P2/4\n  - [10,13, 16,30, 33,23]  # P3/8\n"
        "  - [30,61, 62,45, 59,119]  # P4/16\n  - [116,90, 156,198, 373,326]  # P5/32\n",
        P3_TO_P5, "The model has no level of stride 4: its anchors must go.",
        id="strides of comments: P2 has no level here",
    ),
    pytest.param(
        "anchors:\n  # P5\n  - [116,90, 156,198, 373,326]\n  # P4\n  - [30,61, 62,45, 59,119]\n"
        "  # P3\n  - [10,13, 16,30, 33,23]\n",
        P3_TO_P5, "no anchors for stride 64", id="comments above, coarsest first",
    ),
    pytest.param(
        "anchors:\n  - - [10, 13]\n    - [16, 30]\n    - [33, 23]  # P3/8\n"
        "  - - [30, 61]\n    - [62, 45]\n    - [59, 119]  # P4/16\n",
        (V3[0], V3[1], (), ()), "no anchors for stride 32, 64", id="blocks of pairs",
    ),
    pytest.param(
        "anchors = [\n  [10,13, 16,30, 33,23],  # P3/8\n  [30,61, 62,45, 59,119],  # P4/16\n"
        "  [116,90, 156,198, 373,326],  # P5/32\n]",
        P3_TO_P5, "no anchors for stride 64", id="the same in Python",
    ),
    pytest.param(
        "anchors:\n  P3: [10,13, 16,30, 33,23]\n  P4: [30,61, 62,45, 59,119]\n"
        "  32: [116,90, 156,198, 373,326]\n",
        P3_TO_P5, "no anchors for stride 64", id="keys",
    ),
    pytest.param(
        "16: 30,61, 62,45, 59,119\n8: 10,13, 16,30, 33,23\n32: 116,90, 156,198, 373,326",
        P3_TO_P5, "no anchors for stride 64", id="strides before lines, out of order",
    ),
    pytest.param(f"anchors = {NINE}", P3_TO_P5, "3 anchors go to each of stride 8, 16, 32, by size",
                 id="Darknet's one line: three each on 8, 16, 32"),
    pytest.param(section("6,7,8") + section("3,4,5") + section("0,1,2"), P3_TO_P5,
                 "taken for stride 8, 16, 32", id="YOLOv3's sections, coarsest first"),
    pytest.param(section("0,1,2") + section("3,4,5") + section("6,7,8"), P3_TO_P5,
                 "taken for stride 8, 16, 32", id="YOLOv4's sections, finest first"),
    pytest.param(section("6,7,8"), ((), (), V3[2], ()), "taken for stride 32", id="one section"),
    pytest.param(
        section("3,4,5", "10,14, 23,27, 37,58, 81,82, 135,169, 344,319")
        + section("1,2,3", "10,14, 23,27, 37,58, 81,82, 135,169, 344,319"),
        ((), ((23, 27), (37, 58), (81, 82)), ((81, 82), (135, 169), (344, 319)), ()),
        "taken for stride 16, 32", id="tiny: its masks overlap",
    ),
    pytest.param(
        # 2 * 2 * 2 = 8 at the first head; the route goes back to it, the maxpool makes 16
        "[net]\nwidth=608\nheight=416\n" + "[convolutional]\nstride=2\n" * 3
        + section("0,1,2", "10,13, 16,30, 33,23, 30,61, 62,45, 59,119")
        + "[route]\nlayers=-2\n[maxpool]\nstride=2\n"
        + section("3,4,5", "10,13, 16,30, 33,23, 30,61, 62,45, 59,119"),
        (V3[0], V3[1], (), ()), "The network's input is 608 x 416 px", id="a whole network",
    ),
    pytest.param(
        # 0.57273 * 32 = 18.32736, 0.677385 * 32 = 21.67632 ...
        "anchors =  0.57273, 0.677385, 1.87446, 2.06253, 3.33843, 5.47434, 7.88282, 3.52778, "
        "9.77052, 9.16828",
        ((), (), ((18.32736, 21.67632), (59.98272, 66.00096), (106.82976, 175.17888),
                  (252.25024, 112.88896), (312.65664, 293.38496)), ()),
        "multiplied by 32", id="YOLOv2 counts cells",
    ),
    pytest.param(
        "[region]\nanchors = 3,4, 5,6", ((), (), ((96, 128), (160, 192)), ()), "multiplied by 32",
        id="so does every [region]",
    ),
    pytest.param(
        "anchors = 3.5,4.25, 5.5,6.25, 7.5,8.25, 9.5,10.25, 11.5,12.25",
        ((), (), ((112, 136), (176, 200), (240, 264), (304, 328), (368, 392)), ()),
        "multiplied by 32", id="five fractions",
    ),
    pytest.param("[[10 13]\n [16 30]\n [33 23]\n [30 61]\n [62 45]\n [59 119]\n [116 90]\n"
                 " [156 198]\n [373 326]]", P3_TO_P5, "by size", id="numpy's printout"),
    pytest.param("[[373 326] [116 90] [156 198] [10 13] [16 30] [33 23] [30 61] [62 45] [59 119]]",
                 (((10, 13), (16, 30), (33, 23)), V3[1], ((116, 90), (156, 198), (373, 326)), ()),
                 "by size", id="not in order"),
    pytest.param(
        "Accuracy: 83.2%\nBoxes:\n [[ 10.  13.]\n [373.5 326.]\n [ 16.  30.]\n [30 40]]\n"
        "Ratios:\n [0.1, 0.2]",
        (((10, 13),), ((16, 30),), ((30, 40),), ((373.5, 326),)), "1 anchor goes to each",
        id="what k-means prints around them",
    ),
    pytest.param(
        "autoanchor: thr=0.25: 0.9995 best possible recall, 4.9 anchors past thr\n"
        f"autoanchor: n=9, img_size=640, metric_all=0.3/0.7-mean/best, past_thr=0.4-mean: {NINE}\n",
        P3_TO_P5, "by size", id="YOLOv5's autoanchor",
    ),
    pytest.param("10,13, 16,30, 33,23\n30,61, 62,45, 59,119\n116,90, 156,198, 373,326", P3_TO_P5,
                 "its 3 lists are taken for stride 8, 16, 32", id="lines without names"),
    pytest.param(
        "nc: 80\nhead:\n  anchors: [[[116,90],[156,198],[373,326]],[[30,61],[62,45],[59,119]],"
        "[[10,13],[16,30],[33,23]]]\n",
        P3_TO_P5, "The lists go from large to small", id="nested lists, coarsest first",
    ),
    pytest.param(
        "anchors: [[10, 13], [16, 30], [33, 23], [30, 61], [62, 45], [59, 119], [116, 90], "
        "[156, 198], [373, 326]]\nanchor_masks: [[6, 7, 8], [3, 4, 5], [0, 1, 2]]\n",
        P3_TO_P5, "its 3 lists are taken for stride 8, 16, 32", id="masks in yaml",
    ),
    pytest.param(
        "anchors = [[(116, 90), (156, 198), (373, 326)], [(30, 61), (62, 45), (59, 119)],\n"
        "           [(10, 13), (16, 30), (33, 23)]]\n"
        "g = dict(type='mmdet.YOLOAnchorGenerator', base_sizes=anchors, strides=[32, 16, 8])",
        P3_TO_P5, "no anchors for stride 64", id="mmdetection's YOLOAnchorGenerator",
    ),
    pytest.param(
        # min_size with every ratio; sqrt(48 * 75) = 60
        "dict(type='SSDAnchorGenerator', scale_major=False, strides=[16], ratios=[[4]],"
        " min_sizes=[48], max_sizes=[75])",
        ((), ((48, 48), (60, 60), (96, 24), (24, 96)), (), ()), "no anchors for stride 8, 32, 64",
        id="mmdetection's SSD",
    ),
    pytest.param(
        # step (90 - 15) / (3 - 2) = 75: min 7, 15, 90 % of 300 = 21, 45, 270; max 15, 90, 165 %
        # = 45, 270, 495; sqrt(21 * 45) = 30.74085230, sqrt(45 * 270) = 110.2270384
        "dict(type='SSDAnchorGenerator', scale_major=False, input_size=300, strides=[8, 16, 300],"
        " basesize_ratio_range=(0.15, 0.9), ratios=[[], [4], []])",
        (((21, 21), (30.7408523, 30.7408523)),
         ((45, 45), (110.2270384, 110.2270384), (90, 22.5), (22.5, 90)), (), ()),
        "no level of stride 300", id="mmdetection's SSD by its range",
    ),
    pytest.param(
        # 300 * 0.16 = 48, 300 * sqrt(0.16 * 0.25) = 60
        "g = DefaultBoxGenerator([[4], [4]], scales=[0.16, 0.25, 0.36], steps=[8, 300])\n"
        "SSD(backbone, g, (300, 300), num_classes)",
        (((48, 48), (60, 60), (96, 24), (24, 96)), (), (), ()), "of 300 px here",
        id="torchvision's SSD",
    ),
    pytest.param(
        # 4 * stride * 2 ** 0 * (1.5, 0.5)
        "anchors_scales: '[2 ** 0]'\nanchors_ratios: '[(1.0, 1.0), (1.5, 0.5)]'\n",
        tuple(((4 * s, 4 * s), (6 * s, 2 * s)) for s in STRIDES), "", id="EfficientDet's pairs",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "shapes", "sentence"), LISTS)
def test_lists_are_laid_as_they_are_on_the_levels_that_they_name(text, shapes, sentence):
    pasted = read(text)
    assert pasted.settings.shapes == shapes
    assert sentence in told(pasted)
    assert (pasted.settings.offset, pasted.settings.convention) == (0.5, "detectron2")
    if pasted.corrected:
        again = read(pasted.corrected)
        assert again.settings == pasted.settings
        assert not again.mended


def test_a_correction_has_no_empty_levels():
    corrected = read("P2/4: 5,6\nP3/8: 10,13\nP5/32: 116,90").corrected
    assert [line for line in corrected.splitlines() if not line.startswith("#")] == [
        "P3/8: 10,13", "P5/32: 116,90",
    ]  # fmt: skip


# ---- sizes and ratios ------------------------------------------------------------------------

OCTAVES = tuple((s, s * 2 ** (1 / 3), s * 2 ** (2 / 3)) for s in (32, 64, 128, 256))
PRODUCTS = [
    pytest.param(
        "cfg.MODEL.ANCHOR_GENERATOR.SIZES = [[8], [16], [32], [64]]\n"
        "cfg.MODEL.ANCHOR_GENERATOR.ASPECT_RATIOS = [[0.5, 1.0, 2.0]]",
        ((8,), (16,), (32,), (64,)), THREE, 0, "detectron2", "", id="lines of Python",
    ),
    pytest.param(
        "cfg['MODEL']['ANCHOR_GENERATOR']['SIZES'] = [[32], [64], [128], [256]]",
        DOUBLING, THREE, 0, "detectron2", "", id="by subscripts",
    ),
    pytest.param(
        "cfg.merge_from_list(['SOLVER.BASE_LR', 0.1, 'MODEL.ANCHOR_GENERATOR.SIZES',\n"
        " [[32], [64], [128], [256]], 'MODEL.ANCHOR_GENERATOR.ASPECT_RATIOS', [[1.0]]])",
        DOUBLING, ONE, 0, "detectron2", "", id="merge_from_list",
    ),
    pytest.param(
        'python train_net.py --config-file a.yaml --num-gpus 8 \\\n'
        '  MODEL.ANCHOR_GENERATOR.SIZES "[[32],[64],[128],[256]]" SOLVER.IMS_PER_BATCH 2 \\\n'
        '  MODEL.ANCHOR_GENERATOR.ASPECT_RATIOS [[1.0]]',
        DOUBLING, ONE, 0, "detectron2", "", id="a command line",
    ),
    pytest.param(
        "model.proposal_generator.anchor_generator.sizes=[[32],[64],[128],[256]]",
        DOUBLING, THREE, 0, "detectron2", "overrides sizes alone", id="a LazyConfig override",
    ),
    pytest.param(
        "./train.py --config-file x.py train.max_iter=3 "
        "model.proposal_generator.anchor_generator.sizes='[[32], [64], [128], [256]]' "
        "model.proposal_generator.anchor_generator.aspect_ratios=[1.0]",
        DOUBLING, ONE, 0, "detectron2", "", id="two of them on a command line",
    ),
    pytest.param(
        "anchor_generator:\n  _target_: detectron2.modeling.anchor_generator.DefaultAnchorGenerator"
        "\n  sizes: [[32], [64], [128], [256]]\n  aspect_ratios: [1.0]\n"
        "  strides: [8, 16, 32, 64]\n  offset: 0.5\n",
        DOUBLING, ONE, 0.5, "detectron2", "", id="a LazyConfig, saved",
    ),
    pytest.param(
        'MODEL:\n  META_ARCHITECTURE: "RetinaNet"\n  ANCHOR_GENERATOR:\n    SIZES: '
        '!!python/object/apply:eval ["[[x, x * 2**(1.0/3), x * 2**(2.0/3) ] for x in '
        '[32, 64, 128, 256, 512 ]]"]\n  FPN:\n    IN_FEATURES: ["res3", "res4", "res5"]\n',
        OCTAVES, THREE, 0, "detectron2", "stride 128 is left out", id="arithmetic under a tag",
    ),
    pytest.param(
        "MODEL:\n  ANCHOR_GENERATOR:\n    SIZES: !!python/tuple\n    - !!python/tuple [32]\n"
        "    - [64]\n    - [128]\n    - [256]\n    ASPECT_RATIOS: [[1.0]]\n",
        DOUBLING, ONE, 0, "detectron2", "", id="tuples under a tag",
    ),
    pytest.param(
        "MODEL:\n  RPN:\n    IN_FEATURES: ['p2', 'p3', 'p4', 'p5', 'p6']\n  ANCHOR_GENERATOR:\n"
        "    SIZES: [[16], [32], [64], [128], [256]]\n",
        DOUBLING, THREE, 0, "detectron2", "stride 4 is left out", id="levels by their features",
    ),
    pytest.param(
        "MODEL:\n  ANCHOR_GENERATOR:\n    SIZES: [[[32, 64], [64, 128], [128, 256], [256, 512]]]\n"
        "    ASPECT_RATIOS: [[0.5, 1.0, 2.0]]\n",
        ((32, 64), (64, 128), (128, 256), (256, 512)), THREE, 0, "detectron2",
        "1 pair of brackets too many", id="a bracket too many around all",
    ),
    pytest.param(
        "L(DefaultAnchorGenerator)(sizes=[[[32]], [[64]], [[128]], [[256]]], "
        "aspect_ratios=[[[1.0]]], offset=0)",
        DOUBLING, ONE, 0, "detectron2", "1 pair of brackets too many", id="around each level",
    ),
    pytest.param(
        "AnchorGenerator(((((32,), (64,), (128,), (256,)),),), ((1.0,),) * 4)",
        DOUBLING, ONE, 0, "torchvision", "2 pairs of brackets too many", id="two",
    ),
    pytest.param(
        "MODEL:\n  PROPOSAL_GENERATOR:\n    NAME: RRPN\n  ANCHOR_GENERATOR:\n"
        '    NAME: "RotatedAnchorGenerator"\n    SIZES: [[32], [64], [128], [256]]\n'
        "    ANGLES: [[0, 30, 60, 90]]\n    ASPECT_RATIOS: [[0.5, 1.0, 2.0]]\n",
        DOUBLING, THREE, 0, "detectron2", "is not the plain generator: it turns each box by the "
        "angles 0, 30, 60, 90", id="angles",
    ),
    pytest.param(
        "L(RotatedAnchorGenerator)(sizes=[[32], [64], [128], [256]], aspect_ratios=[1.0], "
        "strides=[8, 16, 32, 64], angles=[-45, 45], offset=0.0)",
        DOUBLING, ONE, 0, "detectron2", "angles -45, 45", id="angles of a LazyConfig",
    ),
    pytest.param(
        # int(32 * 2 ** (1/3)) = int(40.3) = 40, int(32 * 2 ** (2/3)) = int(50.8) = 50 ...
        "anchor_sizes = tuple((x, int(x * 2 ** (1.0 / 3)), int(x * 2 ** (2.0 / 3))) "
        "for x in [32, 64, 128, 256])\n"
        "aspect_ratios = ((0.5, 1.0, 2.0),) * len(anchor_sizes)\n"
        "anchor_generator = AnchorGenerator(anchor_sizes, aspect_ratios)",
        ((32, 40, 50), (64, 80, 101), (128, 161, 203), (256, 322, 406)), THREE, 0, "torchvision",
        "", id="torchvision's own RetinaNet",
    ),
    pytest.param(
        # round(41.6) = 42, round(83.2) = 83, round(166.4) = 166, round(332.8) = 333
        "base, n = 32, 4\nsizes = [(round(1.3 * base * 2 ** i),) for i in range(n)]\n"
        "AnchorGenerator(sizes=tuple(sizes), aspect_ratios=((1.0,),) * n)\nsizes = ((1,),)",
        ((42,), (83,), (166,), (333,)), ONE, 0, "torchvision", "", id="a name's value at its place",
    ),
    pytest.param(
        "s = np.array([[32], [64], [128], [256]])\nAnchorGenerator((s / 2).tolist(), [[1.0]] * 4)",
        ((16,), (32,), (64,), (128,)), ONE, 0, "torchvision", "", id="an array is not repeated",
    ),
    pytest.param(
        # 8 * stride; 4 and 128 have no level
        "rpn_head=dict(type='RPNHead', anchor_scales=[4], anchor_ratios=[1.0],"
        " anchor_strides=[4, 8, 16, 32, 64])",
        DOUBLING, ONE, 0.5, "mmdetection", "By mmdetection 1.x a box is measured in whole pixels",
        id="mmdetection 1.x",
    ),
    pytest.param(
        "dict(type='LegacyAnchorGenerator', center_offset=0.5, scales=[4], ratios=[1.0],"
        " strides=[8, 16, 32, 64])",
        DOUBLING, ONE, 0.5, "mmdetection", "By LegacyAnchorGenerator a box", id="its generator",
    ),
    pytest.param(
        "rpn_head=dict(type='GARPNHead',\n    approx_anchor_generator=dict(type='AnchorGenerator', "
        "octave_base_scale=4, scales_per_octave=3, ratios=[0.5, 1.0, 2.0], "
        "strides=[8, 16, 32, 64]),\n    square_anchor_generator=dict(type='AnchorGenerator', "
        "ratios=[1.0], scales=[8], strides=[8, 16, 32, 64]))",
        OCTAVES, THREE, 0, "mmdetection", "two generators, approx_anchor_generator, "
        "square_anchor_generator: approx_anchor_generator is taken", id="Guided Anchoring",
    ),
    pytest.param(
        "a = AnchorGenerator(((32,), (64,), (128,), (256,)), ((1.,),) * 4)\n"
        "b = AnchorGenerator(((16,), (64,), (128,), (256,)), ((1.,),) * 4)",
        DOUBLING, ONE, 0, "torchvision", "one anchor configuration, a, b: the first is taken",
        id="two generators",
    ),
    pytest.param(
        "dict(type='AnchorGenerator', octave_base_scale=4, scales_per_octave=3, scale_major=False,"
        " ratios=[0.5, 1.0, 2.0], strides=[8, 16, 32, 64])",
        OCTAVES, THREE, 0, "detectron2", "", id="scale_major=False",
    ),
    pytest.param(
        "[general]\nx = 1\n[anchor_parameters]\nsizes   = 32 64 128 256 512\n"
        "strides = 8 16 32 64 128\nratios  = 0.5 1 2\nscales  = 1 1.5\n",
        ((32, 48), (64, 96), (128, 192), (256, 384)), THREE, 0.5, "mmdetection",
        "stride 128 is left out", id="keras-retinanet",
    ),
    pytest.param(
        # 4 * stride; w/h 4 is h/w 0.25
        "anchor_scale: 4.0\naspect_ratios: [1.0, 4.0]\nnum_scales: 1\nmin_level: 3\nmax_level: 6\n",
        DOUBLING, ((1, 0.25),) * 4, 0.5, "detectron2", "aspect_ratios are w/h: 1, 4 is h/w 1, 0.25",
        id="EfficientDet",
    ),
    pytest.param(
        # 4 * stride * 2 ** (octave / 3)
        "anchor_scale: 4.0\n", OCTAVES, ((1, 0.5, 2),) * 4, 0.5, "detectron2",
        "as EfficientDet has it: num_scales: 3, aspect_ratios: 1, 2, 0.5", id="the rest by default",
    ),
    pytest.param(
        "L(DefaultAnchorGenerator)(sizes=[[16], [32], [64], [128], [256]], "
        "aspect_ratios=[[5], [1], [2], [3], [4]], strides=[4, 8, 16, 32, 64], offset=0)",
        DOUBLING, ((1,), (2,), (3,), (4,)), 0, "detectron2", "stride 4 is left out",
        id="ratios go with their sizes",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "sizes", "ratios", "offset", "convention", "sentence"), PRODUCTS)
def test_sizes_and_ratios_are_read_as_they_are_meant(
    text, sizes, ratios, offset, convention, sentence
):
    pasted = read(text)
    settings = pasted.settings
    assert settings.shapes == ()
    for got, wanted in zip(settings.sizes, sizes, strict=True):
        assert got == pytest.approx(wanted, rel=1e-9)
    assert settings.aspect_ratios == ratios
    assert (settings.offset, settings.convention) == (offset, convention)
    assert sentence in told(pasted)
    if not sentence:
        assert not pasted.findings or "ascending" in told(pasted), told(pasted)
    if pasted.corrected:
        again = read(pasted.corrected)
        assert again.settings == settings
        assert not again.mended


def test_mmdetections_order_on_a_cell_is_kept_there_and_back():
    text = "dict(type='AnchorGenerator', scales=[2, 4], ratios=[1.0, 4.0], strides=[8, 16, 32, 64])"
    pasted = read(text)
    assert "all sizes of the first ratio come first" in told(pasted)
    # 2 * 8 = 16 and 4 * 8 = 32, first both with h/w 1, then both with 4: w = size / 2
    assert [shape[:2] for shape in level_shapes(pasted.settings, 0)] == [
        (16, 16), (32, 32), (8, 32), (16, 64),
    ]  # fmt: skip
    exported = export_anchors("mmdetection", pasted.settings, STRIDES).text
    assert "scale_major=False" not in exported
    assert read(exported).settings == pasted.settings
    other = read(text.replace("scales", "scale_major=False, scales"))
    assert [shape[:2] for shape in level_shapes(other.settings, 0)] == [
        (16, 16), (8, 32), (32, 32), (16, 64),
    ]  # fmt: skip
    assert "scale_major=False" in export_anchors("mmdetection", other.settings, STRIDES).text


def test_one_map_takes_the_ratios_of_all_levels():
    pasted = read("AnchorGenerator(((32,), (64,)), ((0.5,), (2.0,)))", (16,))
    assert pasted.settings == AnchorSettings(
        ((32, 64),), ((0.5, 2),), offset=0, convention="torchvision"
    )
    assert "The levels have ratios of their own: all of them, (0.5, 2)" in told(pasted)


# ---- refused by the true cause ---------------------------------------------------------------

REFUSED = [
    ("lr0: 0.01\nanchors: 3\n", "anchors is 3: YOLOv5 then finds that many"),
    ("P3/8: 10,13\n30,61, 62,45", "Only 1 of 2 lists of w,h name their level"),
    ("P2/4: 10,13, 16,30", "they belong to stride 4, the model has 8, 16, 32, 64"),
    ("anchors = 10,13, 16,30, 33,23, 30,61, 62,45", "cannot be shared out evenly"),
    ("[[0.03 0.06]\n [0.1 0.2]]", "shares of the image"),
    (section("7,8,9"), "mask is [7, 8, 9], but the numbers of the anchors go from 0 to 8"),
    (section("0,1,2", "10,13, x"), "anchors is 10,13, x, but it must be numbers"),
    ("MODEL:\n  ANCHOR_GENERATOR:\n    SIZES: [[32], [64]\n    OFFSET: 0.0\n",
     "not valid YAML (line 4)"),
    ("anchors:\n\t- [10,13, 16,30]\n", "not valid YAML (line 2)"),
    ("x = 1\nAnchorGenerator(\n  sizes=,\n)", "not valid Python (line 3)"),
    ('MODEL.A.SIZES "[[32],[64]"', "The value of MODEL.A.SIZES is '[[32],[64]'"),
    ("MODEL:\n  ANCHOR_GENERATOR:\n    SIZES: !!python/object/apply:os.system ['touch x']\n",
     "SIZES has the tag !!python/object/apply:os.system"),
    ("MODEL:\n  ANCHOR_GENERATOR:\n    SIZES: !!python/name:os.system\n", "SIZES has the tag"),
    ("MODEL:\n  ANCHOR_GENERATOR:\n    ASPECT_RATIOS: [[1.0]]\n", "SIZES is missing"),
    ("MODEL:\n  ANCHOR_GENERATOR:\n    NAME: MyGenerator\n    SIZES: [[32]]\n",
     "MyGenerator is not read here"),
    ("_base_ = 'a.py'\nmodel = dict(rpn_head=dict(anchor_generator=dict(scales=[4])))",
     "The text lacks strides, ratios: an override takes that from its _base_"),
    ("--cfg-options model.rpn_head.anchor_generator.ratios=0.5,1,2",
     "The text lacks strides, scales"),
    ("AnchorGenerator(sizes=SIZES)", "the text does not say what SIZES is"),
    ("AnchorGenerator(sizes=((1 / 0,),))", "it divides by zero"),
    ("AnchorGenerator(sizes=((2**10**10,),))", "a number that is too large"),
    ("AnchorGenerator(sizes=[0]*10**9)", "a list of more than 100 entries"),
    ("AnchorGenerator(sizes=[i for i in range(10**12)])", "a list of more than 100 entries"),
    ("AnchorGenerator(((0.5,), (64,), (128,), (256,)), ((1,),) * 4)",
     "sizes has no usable number for level 1: sizes has 0.5, which is an anchor of 0.5 px"),
    ("AnchorGenerator(((512,), (1024,)), ((1,),) * 2)", "would have a size of 4096 px"),
    ("AnchorGenerator(((32,), (64,), (128,), (256,)), ((1,), (2,)))", "and the lists differ"),
    ("dict(type='SSDAnchorGenerator', strides=[8], ratios=[[2]], basesize_ratio_range=(.1, .9))",
     "SSDAnchorGenerator lacks min_sizes, max_sizes"),
    ("DefaultBoxGenerator([[2, 3] for _ in range(6)], min_ratio=0.2, max_ratio=0.95)",
     "The text lacks scales, steps, size"),
    ("[anchor_parameters]\nsizes = 32 64\nstrides = 8 16\n", "has no ratios, scales"),
    ("[anchor_parameters]\nsizes 32 64\n", "not a valid ini file (line 2)"),
    ("anchor_generator {\n  multiscale_anchor_generator {\n    min_level: 3\n  }\n}",
     "TensorFlow's Object Detection API"),
    ("anchor_scale: [4.0, 5.0]\n", "anchor_scale is [4.0, 5.0]"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "sentence"), REFUSED)
def test_refused_by_the_true_cause(text, sentence):
    with pytest.raises(UserError) as caught:
        read(text)
    assert sentence in str(caught.value)


RUNS = "__import__('pathlib').Path('{file}').touch()"
HOSTILE = [
    f"AnchorGenerator(sizes={RUNS})",
    f"AnchorGenerator(sizes=[{RUNS} for x in [1]])",
    f"cfg.MODEL.ANCHOR_GENERATOR.SIZES = {RUNS}",
    f'MODEL:\n  ANCHOR_GENERATOR:\n    SIZES: !!python/object/apply:eval ["{RUNS}"]\n',
    f'MODEL:\n  ANCHOR_GENERATOR:\n    SIZES: "{RUNS}"\n',
    "MODEL:\n  ANCHOR_GENERATOR:\n    SIZES: !!python/object/apply:pathlib.Path.touch ['{file}']\n",
    f'model.a.anchor_generator.sizes="{RUNS}"',
    f"anchors_scales: \"{RUNS}\"\nanchors_ratios: '[1]'\n",
    f"anchors = {RUNS}",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_is_executed(text, tmp_path):
    file = tmp_path / "made"
    with pytest.raises(UserError):
        read(text.replace("{file}", str(file)))
    assert not file.exists()


COSTLY = [
    "AnchorGenerator(sizes=((9**9**9**9,),))",
    "AnchorGenerator(sizes=[0]*10**9)",
    "a = (1,) * 100\nAnchorGenerator(sizes=[[[[x for x in a] for x in a] for x in a] for x in a])",
    "AnchorGenerator(sizes=[x for x in range(9) for y in range(99) for z in range(99)])",
    "AnchorGenerator(sizes=np.array(((((1,)*99,)*99,)*99,)*99) * 2)",
    "AnchorGenerator(sizes=sum(((((1,)*99,)*99,)*99,)*99))",
    "a = (1,)\n" + "a = a + a\n" * 500 + "AnchorGenerator(sizes=a)",
    "AnchorGenerator(sizes=" + "-" * 5000 + "1)",
    "AnchorGenerator(sizes=" + "[" * 90 + "1" + "]" * 90 + ")",
    "a: &a [1, 1]\n"
    + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}' if i else '*a'] * 9)}]\n" for i in range(40))
    + "anchors: *a39\n",
    "a: &a {x: 1}\n"
    + "".join(
        f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}' if i else '*a'] * 9)}]}}\n" for i in range(40)
    )
    + "anchors: [*a39]\n",
    "anchors: &a [*a]\n",
    "[yolo]\n" * 3000 + "anchors=1,2",
    "1," * 9999,
    "[" * 9999 + "]" * 9999,
    "{a: " * 3000,
    "- " * 9999,
    "? " * 9999,
    "a: " + "&a " * 5000,
    "x.y=" + "[" * 9000,
    "anchors: " + "'" * 9999,
    "[0-9" * 4000,
    "P3/8 " * 3000,
    "1x" * 9000,
    "a.b " * 4000 + "1",
    "anchors " * 2400,
    "autoanchor: " + "1, " * 6000 + "x",
    f"anchors:\n  - [10,13, 16,30]  # P9/{'9' * 400}\n",
    f"anchors = [10,13, 16,30]  # stride {'9' * 400}\n[1,2]",
    "anchors:\n  - a b\n    c\n",
]


@pytest.mark.parametrize("text", COSTLY)
def test_what_would_cost_much_is_refused_soon(text):
    begun = time.perf_counter()
    with pytest.raises(UserError):
        read(text)
    assert time.perf_counter() - begun < 2
