"""Pasted configurations: what each says, what is wrong with it, and the corrected text."""

from __future__ import annotations

import pytest

from rpn_core.errors import UserError
from rpn_core.frameworks.read import read_anchors
from rpn_core.settings import AnchorSettings, Settings
from rpn_core.settings.file import to_json

FPN = (4, 8, 16, 32, 64)
FIVE = ((32,), (64,), (128,), (256,), (512,))
THREE = ((0.5, 1.0, 2.0),)


def read(text, strides=FPN):
    return read_anchors(text, strides)


RIGHT = [
    pytest.param(
        "anchor_sizes = ((32,), (64,), (128,), (256,), (512,))\n"
        "aspect_ratios = ((0.5, 1.0, 2.0),) * len(anchor_sizes)\n"
        "rpn_anchor_generator = AnchorGenerator(anchor_sizes, aspect_ratios)",
        FIVE, THREE * 5, 0, "torchvision", id="torchvision's own source",
    ),
    pytest.param(
        "g = torchvision.models.detection.rpn.AnchorGenerator(sizes=(32, 64, 128, 256, 512),"
        " aspect_ratios=(0.5, 1.0, 2.0))",
        FIVE, THREE * 5, 0, "torchvision", id="flat, which torchvision lays one a level",
    ),
    pytest.param(
        "    sizes=((32,), (64,), (128,), (256,), (512,)),\n"
        "    aspect_ratios=((0.5, 1.0, 2.0),) * 5,",
        FIVE, THREE * 5, 0, "torchvision", id="only the arguments",
    ),
    pytest.param(
        "MODEL:\n  ANCHOR_GENERATOR:\n    SIZES: [[32], [64], [128], [256], [512]]\n",
        FIVE, THREE * 5, 0, "detectron2 yaml", id="detectron2 FPN, ratios and offset by default",
    ),
    pytest.param(
        "MODEL:\n  ANCHOR_GENERATOR:\n    SIZES: ((32,), (64,), (128,), (256,), (512,))\n"
        "    ASPECT_RATIOS: '[[0.5, 1, 2]]'\n    OFFSET: 0.5\n",
        FIVE, THREE * 5, 0.5, "detectron2 yaml", id="yacs reads strings as Python",
    ),
    pytest.param(
        "anchor_generator=L(DefaultAnchorGenerator)(\n"
        "    sizes=[[x, x * 2 ** (1.0 / 2)] for x in [32, 64, 128, 256, 512]],\n"
        "    aspect_ratios=[0.5, 1.0, 2.0],\n    strides=[4, 8, 16, 32, 64],\n"
        "    offset=0.0,\n),",
        tuple((s, s * 2**0.5) for (s,) in FIVE), THREE * 5, 0, "detectron2 LazyConfig",
        id="LazyConfig with a comprehension",
    ),
    pytest.param(
        "anchor_generator=dict(type='AnchorGenerator', scales=[8], ratios=[0.5, 1.0, 2.0],"
        " strides=[4, 8, 16, 32, 64]),",
        FIVE, THREE * 5, 0, "mmdetection", id="mmdetection FPN: 8 x stride",
    ),
    pytest.param(
        "{'type': 'AnchorGenerator', 'octave_base_scale': 4, 'scales_per_octave': 2,"
        " 'ratios': [1.0], 'strides': [4, 8, 16, 32, 64], 'center_offset': 0.5}",
        tuple((s / 2, float(f"{s / 2 * 2**0.5:.10g}")) for (s,) in FIVE), ((1,),) * 5, 0.5,
        "mmdetection", id="RetinaNet's octaves: 4 x 2^(i/2) x stride",
    ),
    pytest.param(
        "AnchorGenerator([4, 8, 16, 32, 64], [1.], [1.], [9, 18, 36, 72, 144])",
        ((9,), (18,), (36,), (72,), (144,)), ((1,),) * 5, 0, "mmdetection",
        id="mmdetection by position, with base sizes",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "sizes", "ratios", "offset", "framework"), RIGHT)
def test_right_texts_are_read_without_a_finding(text, sizes, ratios, offset, framework):
    pasted = read(text)
    assert pasted.findings == ()
    assert pasted.corrected == ""
    assert pasted.framework == framework
    settings = pasted.settings
    for got, wanted in zip(settings.sizes, sizes, strict=True):
        assert got == pytest.approx(wanted, rel=1e-9)
    assert settings.aspect_ratios == ratios
    assert settings.offset == offset
    assert settings.convention == framework.split()[0]


MENDED = [
    pytest.param(
        "AnchorGenerator(((32, 64, 128, 256, 512),), ((0.5, 1.0, 2.0),) * 5)",
        FPN, FIVE, "sizes is nested wrongly: ((32, 64, 128, 256, 512),) is one level with 5 sizes, "
        "but the model has 5 levels (strides 4, 8, 16, 32, 64): write ((32,), (64,), ",
        id="one tuple for five levels",
    ),
    pytest.param(
        "AnchorGenerator(((32,), (64,), (128,), (256,), (512,), (1024,)), ((0.5, 1.0, 2.0),) * 6)",
        FPN, FIVE, "You gave 6 sizes, the model has 5 levels (strides 4, 8, 16, 32, 64): "
        "the last (1024) must go.",
        id="six sizes",
    ),
    pytest.param(
        "AnchorGenerator(((32,), (64,), (128,)), ((0.5, 1.0, 2.0),) * 3)",
        FPN, FIVE, "You gave 3 sizes, the model has 5 levels (strides 4, 8, 16, 32, 64): "
        "((256,), (512,)) is added, in step with the stride.",
        id="three sizes",
    ),
    pytest.param(
        "AnchorGenerator(((32,), (64,), (128,), (256,), (512,)), ((0.5, 1.0, 2.0),) * 5)",
        (16,), ((32, 64, 128, 256, 512),), "You gave 5 sizes, the model has 1 level (stride 16): "
        "all belong in one list, ((32, 64, 128, 256, 512),).",
        id="a pyramid's sizes for one map",
    ),
    pytest.param(
        "AnchorGenerator(((32), (64,), (128,), (256,), (512,)), ((0.5, 1.0, 2.0),) * 5)",
        FPN, FIVE, "sizes has 32 where a list belongs: (32) is a number in Python, (32,) a tuple.",
        id="(32) is no tuple",
    ),
    pytest.param(
        "AnchorGenerator((((32,), (64,)), (64,), (128,), (256,), (512,)), ((0.5, 1.0, 2.0),) * 5)",
        FPN, ((32, 64), *FIVE[1:]), "sizes is nested once too deep: ((32,), (64,)).",
        id="too deep",
    ),
    pytest.param(
        "AnchorGenerator(((32,), (64,), (128,), (256,), (512,)), ((0.5, 1.0, 2.0),))",
        FPN, FIVE, "aspect_ratios is for 1 level, sizes for 5: (0.5, 1.0, 2.0) belongs on each "
        "level.".replace("1.0", "1").replace("2.0", "2"),
        id="ratios for one level",
    ),
    pytest.param(
        "AnchorGenerator(((512,), (256,), (128,), (64,), (32,)), ((0.5, 1.0, 2.0),) * 5)",
        FPN, FIVE, "The finest level has the largest sizes: levels go from the smallest stride",
        id="levels upside down",
    ),
    pytest.param(
        "AnchorGenerator(((32, -8, 0, 32), (64,), (128,), (256,), (512, 'a')), "
        "((0.5, 1.0, 2.0),) * 5)",
        FPN, FIVE, "sizes has -8, which must be greater than 0: it is left out.",
        id="negative, zero, twice, no number",
    ),
    pytest.param(
        "anchor_generator=dict(type='AnchorGenerator', scales=[0.02, 8], ratios=[0.5, 1.0, 2.0],"
        " strides=[32])",
        (32,), ((256,),), "scale 0.02 is a 0.64 px anchor: scales are multiples of the stride or "
        "base size, here 32 px, not shares of the image. It is left out.",
        id="0.64 px",
    ),
    pytest.param(
        "dict(type='AnchorGenerator', scales=[8], ratios=[0.5, 1.0, 2.0], "
        "strides=[4, 8, 16, 32, 64])",
        (8, 16, 32, 64), FIVE[1:], "The text is for 5 levels (strides 4, 8, 16, 32, 64), the model "
        "has 4 levels (strides 8, 16, 32, 64): stride 4 is left out.",
        id="levels found by their stride",
    ),
    pytest.param(
        "dict(type='AnchorGenerator', scales=[4], ratios=[0.5, 1.0, 2.0], strides=[8, 16], "
        "base_sizes=[20, 50], center_offset=0.5)",
        (8, 16), ((80,), (200,)), "The anchors' centres are 10, 25 px from the cell's "
        "corner, which is not the same share of the stride on every level",
        id="center_offset counts in base sizes",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "strides", "sizes", "sentence"), MENDED)
def test_what_is_wrong_is_said_and_put_right(text, strides, sizes, sentence):
    pasted = read(text, strides)
    assert pasted.settings.sizes == sizes
    assert any(str(f.sentence).startswith(sentence) and f.mended for f in pasted.findings), [
        str(f.sentence) for f in pasted.findings
    ]
    again = read(pasted.corrected, strides)
    assert again.settings == pasted.settings
    assert [f for f in again.findings if f.mended] == []


def test_every_bad_number_is_named():
    pasted = read("AnchorGenerator(sizes=((32, -8, 0, 32, 0.5, 1e9, 'a', True),))", (16,))
    assert [str(f.sentence).split(":")[0] for f in pasted.findings] == [
        "sizes has -8, which must be greater than 0",
        "sizes has 0, which must be greater than 0",
        "sizes has 32 twice on one level",
        "sizes has 0.5, which is an anchor of 0.5 px. Sizes are pixels of the network input, not "
        "shares of the image or of the stride",
        "sizes has 1000000000, which must be from 2 to 2048 (px of the network input, sqrt(area))",
        "sizes has 'a', which is no number",
        "sizes has True, which is no number",
    ]
    assert pasted.settings.sizes == ((32,),)


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("AnchorGenerator(((32,),), ((0.25, 4, 5),))  # ratios are w/h", "torchvision"),
        ("ANCHOR_GENERATOR:\n  SIZES: [[32]]\n  # width / height\n  ASPECT_RATIOS: [[0.25, 4, 5]]",
         "detectron2"),
        ("dict(scales=[2], ratios=[0.25, 4, 5], strides=[16])  # width to height", "mmdetection"),
    ],
)  # fmt: skip
def test_ratios_called_w_over_h_are_turned(text, who):
    pasted = read(text, (16,))
    # 1/0.25 = 4, 1/4 = 0.25, 1/5 = 0.2
    assert pasted.settings.aspect_ratios == ((0.2, 0.25, 4),)
    (finding,) = pasted.findings
    assert str(finding.sentence) == (
        f"The text calls its ratios w/h, but {who} reads them as h/w: (0.25, 4, 5) as h/w is "
        "(0.2, 0.25, 4)."
    )
    assert "w/h" not in pasted.corrected


def test_detectron2_lays_one_list_on_all_levels_and_says_so():
    pasted = read(
        "MODEL:\n  ANCHOR_GENERATOR:\n    SIZES: [[32, 64, 128, 256, 512]]\n    OFFSET: 0.5"
    )
    assert pasted.settings.sizes == ((32, 64, 128, 256, 512),) * 5
    (finding,) = pasted.findings
    assert not finding.mended
    assert "[[32], [64], [128], [256], [512]]" in str(finding.sentence)
    assert pasted.corrected == ""


def test_order_is_a_remark_and_stays():
    pasted = read("AnchorGenerator(((64, 32),), ((1, 0.5, 2),))", (16,))
    assert pasted.settings.sizes == ((64, 32),)
    assert pasted.settings.aspect_ratios == ((1, 0.5, 2),)
    assert [f.mended for f in pasted.findings] == [False, False]


# ---- YOLO ------------------------------------------------------------------------------------

V5 = (
    "nc: 80\nanchors:\n  - [10,13, 16,30, 33,23]  # P3/8\n  - [30,61, 62,45, 59,119]  # P4/16\n"
    "  - [116,90, 156,198, 373,326]  # P5/32\n"
)


def test_free_yolo_shapes_are_laid_as_they_are():
    pasted = read(V5, (8, 16, 32, 64))
    assert pasted.settings.shapes == (
        ((10, 13), (16, 30), (33, 23)),
        ((30, 61), (62, 45), (59, 119)),
        ((116, 90), (156, 198), (373, 326)),
        (),
    )
    assert pasted.settings.offset == 0.5
    assert [str(f.sentence) for f in pasted.findings] == [
        "The text has no anchors for stride 64: that level gets none."
    ]


@pytest.mark.parametrize(
    "text",
    [
        "anchors:\n - [40,10, 20,20, 10,40]\n - [100,25, 50,50, 25,100]\n"
        " - [200,50, 100,100, 50,200]",
        "P3/8: 40,10, 20,20, 10,40\nP4/16: 100,25, 50,50, 25,100\nP5/32: 200,50, 100,100, 50,200",
        "40,10, 20,20, 10,40\n100,25, 50,50, 25,100\n200,50, 100,100, 50,200",
        "anchors = 40,10, 20,20, 10,40, 100,25, 50,50, 25,100, 200,50, 100,100, 50,200",
        "[[40,10], [20,20], [10,40]]\n[(100,25), (50,50), (25,100)]\n[200,50, 100,100, 50,200]",
    ],
    ids=["yaml", "labelled", "bare", "Darknet", "brackets"],
)
def test_yolo_lists_are_the_same_in_every_form(text):
    pasted = read(text, (8, 16, 32))
    assert pasted.settings.shapes == (
        ((40, 10), (20, 20), (10, 40)),
        ((100, 25), (50, 50), (25, 100)),
        ((200, 50), (100, 100), (50, 200)),
    )
    assert not any(f.mended for f in pasted.findings)


def test_yolo_levels_that_the_model_lacks():
    pasted = read("P3/8: 20,20\nP4/16: 50,50\nP5/32: 100,100", (16, 32))
    assert pasted.settings.shapes == (((50, 50),), ((100, 100),))
    assert "The model has no level of stride 8: its anchors must go." in [
        str(f.sentence) for f in pasted.findings
    ]


# ---- our own, and nothing --------------------------------------------------------------------


def test_a_settings_file_of_the_app():
    pasted = read(to_json(Settings()), (8, 16, 32, 64))
    assert (pasted.settings, pasted.findings) == (AnchorSettings(), ())
    with pytest.raises(UserError, match="anchors for 4 levels, but the model has 5"):
        read(to_json(Settings()))


REFUSED = [
    ("", "Nothing is pasted yet."),
    ("hello world", "not valid Python"),
    ("print('hello')", "no anchors that are known here"),
    ("AnchorGenerator(sizes=((32,), )", "not valid Python"),
    ("AnchorGenerator(sizes=())", "sizes is empty"),
    ("AnchorGenerator(sizes=((),))", "sizes has no usable number, it is empty."),
    ("AnchorGenerator(sizes=((-1,),))", "sizes has no usable number: sizes has -1"),
    ("AnchorGenerator(sizes=load())", "which cannot be read without running it"),
    ("AnchorGenerator(sizes=__import__('os').getcwd())", "cannot be read without running it"),
    ("AnchorGenerator()", "AnchorGenerator has no sizes"),
    ("SSDAnchorGenerator(strides=[8])", "SSDAnchorGenerator lacks ratios, min_sizes, max_sizes"),
    ("FooAnchorGenerator(strides=[8])", "FooAnchorGenerator is not read here"),
    ("dict(strides=[8], scales=[2])", "The text lacks ratios"),
    ("dict(strides='8', scales=[2], ratios=[1])", "strides is 8, but"),
    ("dict(strides=[8], scales=[0.02], ratios=[1])", "scale 0.02 is a 0.16 px anchor"),
    ("dict(strides=[8], scales=[8], ratios=[1], center_offset=3)", "center_offset is 3"),
    ("L(DefaultAnchorGenerator)(sizes=[32], aspect_ratios=[1], offset=7)", "The offset is 7"),
    ("anchors: 3", "anchors is 3: YOLOv5 then finds"),
    ("anchors:\n  - [10, 13, 16]", "w,h come in pairs"),
    ("0.02,0.05, 0.1,0.2", "shares of the image"),
    ("10,13, 0,30", "pixels above 0"),
    ("x" * 30_000, "at most 20,000 are read"),
    ("AnchorGenerator(sizes=" + "(" * 500, "not valid Python"),
    ("a = b\nb = a\nAnchorGenerator(sizes=a)", "cannot be read without running it"),
    ("AnchorGenerator(sizes=" + "-" * 5000 + "1)", ""),
    ("AnchorGenerator(sizes=((9**9**9**9,),))", "cannot be read"),
    ("AnchorGenerator(sizes=(32,) * 10**9)", "cannot be read"),
    ("AnchorGenerator(sizes=[[[x for x in a] for x in a] for x in a])\na=(1,)*100", "cannot be"),
    ("a: &a [1,1]\nb: &b [*a,*a]\nanchors: [*b, *b, 3]", "anchors has 3 where a list"),
    ("anchors: !!python/object/apply:os.system ['true']", ""),
]


@pytest.mark.parametrize(("text", "sentence"), REFUSED)
def test_refused_with_one_sentence(text, sentence):
    with pytest.raises(UserError) as caught:
        read(text, (16,))
    assert sentence in str(caught.value)
    assert len(str(caught.value)) < 400


def test_yaml_that_repeats_itself_without_end_is_neither_expanded_nor_printed():
    lines = ["a0: &a0 [1, 2]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 30)]
    with pytest.raises(UserError):
        read("\n".join([*lines, "anchors: [[*a29, *a29]]"]), (16,))
    with pytest.raises(UserError):
        read("\n".join([*lines, "ANCHOR_GENERATOR: {SIZES: [*a29]}"]), (16,))
