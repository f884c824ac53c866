"""The block of bytes that the canvas draws from, and what Python believes of the answer."""

from __future__ import annotations

import json
import struct
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image

from pages._ui.scene.browser_memory import ARRAY_BYTES_KEPT, PHOTOS_KEPT, BrowserMemory
from pages._ui.scene.content_id import content_id
from pages._ui.scene.payload import Packed, layout_id, pack_scene
from pages._ui.scene.scene import (
    AnchorClasses,
    AnchorValues,
    ClassStyle,
    DisplayPhoto,
    ObjectStates,
    Scene,
    encode_photo,
    scene_from_stages,
)
from pages._ui.scene.selection import CanvasResult, later_selection, read_selection
from rpn_core.anchors.lay import lay_anchors
from rpn_core.figures.palette import (
    CROWD_STYLE,
    FATE_STYLES,
    LEVEL_COLOURS,
    OBJECT_STYLE,
    SCORE_STOPS,
    LineStyle,
)
from rpn_core.geometry.frame import Frame
from rpn_core.labels.objects import Objects, make_objects
from rpn_core.proposers.plain import after_head
from rpn_core.settings import MAX_LEVELS, AnchorSettings, NmsSettings, SelectionSettings
from rpn_core.stages.fate import Fate
from rpn_core.stages.head_outputs import HeadOutputs
from rpn_core.stages.network_input import NetworkInput

PHOTO = DisplayPhoto("photo-1", b"\xff\xd8not really a JPEG")
STYLES = (
    ClassStyle("positive", LineStyle("#56b4e9", (), 2)),
    ClassStyle("negative", LineStyle("#8c96a5", (2, 3), 1), shown=False),
)
DTYPES = {"f4": "<f4", "i4": "<i4", "u1": "u1"}


def make_scene(ratios: tuple[float, ...] = (0.5, 1, 2), photo: DisplayPhoto = PHOTO) -> Scene:
    """Two levels of 3x4 and 2x2 cells with one size each: 12 r + 4 r anchors for r ratios."""
    settings = AnchorSettings(sizes=((16,), (32,)), aspect_ratios=(ratios, ratios))
    anchors = lay_anchors(((3, 4), (2, 2)), (48, 64), (16, 32), settings)
    noise = torch.Generator().manual_seed(1)
    outputs = HeadOutputs(
        torch.randn(len(anchors), generator=noise),
        torch.randn(len(anchors), 4, generator=noise) / 4,
    )
    network_input = NetworkInput(torch.zeros(1, 3, 48, 64), Frame((90, 120), (45, 60)), (48, 64))
    stages = after_head(
        network_input,
        anchors,
        outputs,
        SelectionSettings(pre_nms_top_n=20),
        NmsSettings(nms_thresh=0.3, post_nms_top_n=5),
    )
    return scene_from_stages(stages, photo, ("P4", "P5"))


def unpack(packed: Packed) -> tuple[dict, dict[str, np.ndarray], bytes]:
    """Read a block as a browser does that has nothing; arrays that did not travel are left out."""
    blob = packed.block
    assert blob[:4] == b"RPN1"
    (length,) = struct.unpack_from("<I", blob, 4)
    header = json.loads(blob[8 : 8 + length])
    at = 8 + length
    arrays = {}
    for entry in header["arrays"]:
        if not entry["sent"]:
            continue
        assert at % 4 == 0
        dtype = np.dtype(DTYPES[entry["type"].lstrip("<|")])
        arrays[entry["name"]] = np.frombuffer(blob, dtype, entry["length"], at)
        at += -(-entry["length"] * dtype.itemsize // 4) * 4
    assert len(blob) == at + header["photoBytes"]
    return header, arrays, blob[at:]


def test_arrays_arrive_as_they_were() -> None:
    scene = make_scene()
    header, arrays, photo = unpack(pack_scene(scene, key="k", max_height=500))
    scored = scene.outcome
    assert scored is not None
    ledger = scored.ledger
    suppressed = np.flatnonzero(ledger.suppressed_by.numpy() >= 0)
    assert len(suppressed) > 0
    expected = {
        "logits": scored.predictions.logits.numpy(),
        "decoded": scored.predictions.boxes.reshape(-1).numpy(),
        "fate": ledger.fate.numpy(),
        "kept": ledger.kept.numpy(),
        "suppressed": suppressed,
        "suppressor": ledger.suppressed_by.numpy()[suppressed],
        "suppressorIou": ledger.suppressed_iou.numpy()[suppressed],
    }
    assert arrays.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_array_equal(arrays[name], array, err_msg=name)
    assert photo == PHOTO.encoded
    assert header["anchors"] == len(scene.anchors) == 48
    assert (header["key"], header["maxHeight"]) == ("k", 500)
    assert (header["originalHw"], header["imageHw"]) == ([90, 120], [45, 60])


def test_anchors_travel_as_cells_and_shapes() -> None:
    scene = make_scene()
    header, _, _ = unpack(pack_scene(scene))
    assert [level["name"] for level in header["levels"]] == ["P4", "P5"]
    assert header["levels"][0]["gridHw"] == [3, 4]
    assert header["levels"][1]["strideHw"] == [32, 32]
    sent = torch.tensor(header["levels"][0]["cellAnchors"], dtype=torch.float32)
    assert torch.equal(sent, scene.anchors.levels[0].cell_anchors)


def test_what_the_browser_has_does_not_travel_again() -> None:
    scene, browser = make_scene(), BrowserMemory()
    first = pack_scene(scene, browser=browser)
    full, arrays, photo = unpack(first)
    assert photo == PHOTO.encoded
    assert sorted(first.arrays.values()) == sorted(array.nbytes for array in arrays.values())
    # Until it is noted, nothing counts as sent: a run can end before its payload leaves.
    assert pack_scene(scene, browser=browser) == first
    browser.note(first.photo_id, first.arrays)
    again = pack_scene(scene, browser=browser)
    bare, nothing, no_photo = unpack(again)
    assert (nothing, no_photo) == ({}, b"")
    assert again.arrays == first.arrays
    assert bare["payloadId"] == full["payloadId"]
    browser.forget()
    assert pack_scene(scene, browser=browser) == first
    other, _, _ = unpack(pack_scene(replace(scene, score_note="Borrowed.")))
    assert other["payloadId"] != full["payloadId"]


def test_another_threshold_sends_fates_and_leaves_boxes_and_scores_at_home() -> None:
    scene, browser = make_scene(), BrowserMemory()
    first = pack_scene(scene, browser=browser)
    browser.note(first.photo_id, first.arrays)
    assert scene.outcome is not None
    ledger = scene.outcome.ledger
    fate = ledger.fate.clone()
    fate[ledger.kept[-1]] = Fate.BEYOND_POST_NMS_TOP_N
    fewer = replace(ledger, fate=fate, kept=ledger.kept[:-1])
    second = pack_scene(
        replace(scene, outcome=replace(scene.outcome, ledger=fewer)), browser=browser
    )
    header, arrays, _ = unpack(second)
    assert arrays.keys() == {"fate", "kept"}
    assert header["payloadId"] != unpack(first)[0]["payloadId"]


def test_equal_arrays_have_equal_names_and_others_other_ones() -> None:
    ones, also_ones = torch.ones(5), torch.ones(5)
    assert content_id(ones, ones.numpy()) == content_id(also_ones, also_ones.numpy())
    named = {content_id(x, x) for x in (np.ones(5), np.ones(5, np.int64), np.ones(4), np.zeros(5))}
    assert len(named) == 4
    assert content_id(ones, np.zeros(5)) == content_id(ones, ones.numpy())  # remembered by source


def test_the_memory_of_the_browser_is_bounded() -> None:
    browser = BrowserMemory()
    browser.note("p0", {"a": ARRAY_BYTES_KEPT // 2, "b": ARRAY_BYTES_KEPT // 2})
    browser.note("p0", {"a": ARRAY_BYTES_KEPT // 2})  # used again
    browser.note("p1", {"c": 100, "too large": ARRAY_BYTES_KEPT + 1})
    assert [browser.has_array(name) for name in ("a", "b", "c", "too large")] == [
        True, False, True, False,
    ]  # fmt: skip
    for number in range(PHOTOS_KEPT):
        browser.note(f"q{number}", {})
    assert not browser.has_photo("p1")
    assert browser.has_photo("q0")


def test_without_scores_nothing_but_anchors_is_sent() -> None:
    note = "Untrained head: scores would be meaningless."
    header, arrays, _ = unpack(pack_scene(replace(make_scene(), outcome=None, score_note=note)))
    assert arrays == {}
    assert header["scoreNote"] == note


def test_no_anchors_at_all() -> None:
    header, arrays, _ = unpack(pack_scene(make_scene(ratios=())))
    assert header["anchors"] == 0
    assert all(array.size == 0 for array in arrays.values())


def test_results_of_another_set_of_anchors_are_refused() -> None:
    scene, other = make_scene(), make_scene(ratios=(1,))
    assert scene.outcome is not None
    assert other.outcome is not None
    mixed = replace(scene.outcome, ledger=other.outcome.ledger)  # of 16 anchors, not 48
    with pytest.raises(ValueError, match="fate has 16 entries, but there are 48 anchors"):
        pack_scene(replace(scene, outcome=mixed))


def test_boxes_of_no_grid_travel_whole() -> None:
    scene = make_scene()
    assert scene.outcome is not None
    free = replace(scene.outcome.predictions, origin=None)
    header, arrays, _ = unpack(
        pack_scene(replace(scene, anchors=None, outcome=replace(scene.outcome, predictions=free)))
    )
    assert header["levels"] == [{"name": "P4"}, {"name": "P5"}]
    assert header["anchors"] == 48
    np.testing.assert_array_equal(arrays["levelOf"], free.level.numpy())
    np.testing.assert_array_equal(arrays["decoded"], free.boxes.reshape(-1).numpy())
    assert header["layout"] != layout_id(scene)


def test_layout_changes_with_photo_and_shapes_but_not_with_scores() -> None:
    scene = make_scene()
    assert layout_id(scene) == layout_id(replace(scene, outcome=None))
    assert layout_id(scene) == layout_id(make_scene(ratios=(0.4, 1, 2.5)))
    assert layout_id(scene) != layout_id(make_scene(ratios=(1,)))
    assert layout_id(scene) != layout_id(make_scene(photo=DisplayPhoto("photo-2", b"")))


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"anchor": 47, "cell": None}, CanvasResult(anchor=47)),
        ({"anchor": None, "cell": [0, 2, 3]}, CanvasResult(cell=(0, 2, 3))),
        ({"anchor": 5, "cell": [1, 1, 1]}, CanvasResult(5, (1, 1, 1))),
        ({"anchor": 48, "cell": None}, CanvasResult()),  # one past the last
        ({"anchor": -1, "cell": None}, CanvasResult()),
        ({"anchor": 1.0, "cell": None}, CanvasResult()),
        ({"anchor": True, "cell": None}, CanvasResult()),
        ({"anchor": "3", "cell": "abc"}, CanvasResult()),
        ({"cell": [0, 3, 0]}, CanvasResult()),  # level 0 has 3 rows
        ({"cell": [0, 0, 4]}, CanvasResult()),  # and 4 columns
        ({"cell": [2, 0, 0]}, CanvasResult()),
        ({"cell": [0, 0]}, CanvasResult()),
        ({"cell": [0, None, 0]}, CanvasResult()),
        ({"anchor": 3, "layout": "of another photo"}, CanvasResult()),
    ],
)
def test_selection_is_believed_only_where_it_fits(sent: dict, expected: CanvasResult) -> None:
    scene = make_scene()
    assert read_selection({"layout": layout_id(scene), **sent}, scene) == expected


@pytest.mark.parametrize("sent", [None, "selected", 3, [], {}])
def test_selection_of_no_form_at_all_is_nothing(sent: object) -> None:
    assert read_selection(sent, make_scene()) == CanvasResult()


@pytest.mark.parametrize(
    ("hw", "sent_wh"),
    [((30, 40), (40, 30)), ((2400, 3200), (1600, 1200)), ((1, 10_000), (1600, 1))],
)
def test_photo_is_sent_no_larger_than_a_screen(
    hw: tuple[int, int], sent_wh: tuple[int, int]
) -> None:
    photo = encode_photo(np.full((*hw, 3), 128, np.uint8), "abc")
    image = Image.open(BytesIO(photo.encoded))
    assert (image.format, image.size) == ("JPEG", sent_wh)
    assert photo.id == f"abc-{sent_wh[0]}x{sent_wh[1]}"


def test_without_ground_truth_nothing_is_said_of_it() -> None:
    header, arrays, _ = unpack(pack_scene(make_scene()))
    assert {"objects", "classes", "values"}.isdisjoint(header)
    assert {"classOf", "valueOf"}.isdisjoint(arrays)


def test_objects_arrive_as_they_were() -> None:
    boxes = np.array([[1.25, 2, 30.1, 40], [np.nan, 0, np.inf, 9]])
    scene = replace(
        make_scene(),
        objects=Objects(boxes, np.array([False, True]), ("<b>cat</b>", ""), (7, 2)),
        object_states=ObjectStates(np.array([1, 0], np.uint8), STYLES),
        objects_editable=True,
        objects_revision="r1",
    )
    header, _, _ = unpack(pack_scene(scene, edit="e9"))
    sent = header["objects"]
    assert sent["boxes"] == [[1.25, 2, 30.1, 40], [None, 0, None, 9]]
    assert (sent["ids"], sent["labels"]) == ([7, 2], ["<b>cat</b>", ""])
    assert (sent["crowd"], sent["state"]) == ([False, True], [1, 0])
    assert [state["name"] for state in sent["states"]] == ["positive", "negative"]
    assert (sent["editable"], sent["revision"], sent["edit"]) == (True, "r1", "e9")


def test_plain_objects_say_neither_number_nor_state() -> None:
    scene = replace(make_scene(), objects=make_objects(np.zeros((3, 4))))
    sent = unpack(pack_scene(scene))[0]["objects"]
    assert sent["ids"] == [0, 1, 2]
    assert sent["numbers"] == [None] * 3
    assert sent["labels"] == ["", "", ""]
    assert sent["crowd"] == [False] * 3
    assert sent["state"] == [None] * 3
    assert sent["editable"] is False


def test_the_number_of_an_object_travels_beside_its_category() -> None:
    names = ("3", "12. cat", "", " 1 dog ")
    objects = make_objects(np.ones((4, 4)), categories=names, ids=(9, 4, 0, 7))
    scene = replace(make_scene(), objects=objects, objects_numbered=True)
    sent = unpack(pack_scene(scene))[0]["objects"]
    assert (sent["numbers"], sent["labels"]) == ([1, 2, 3, 4], list(names))


def test_states_of_other_objects_are_refused() -> None:
    states = ObjectStates(np.zeros(1, np.uint8), STYLES)
    scene = replace(make_scene(), objects=make_objects(np.zeros((3, 4))), object_states=states)
    with pytest.raises(ValueError, match="1 states came for 3 objects"):
        pack_scene(scene)


def test_classes_and_values_arrive_as_they_were() -> None:
    scene = make_scene()
    of = torch.arange(48, dtype=torch.uint8) % 2
    values = torch.linspace(0, 3, 48)
    values[5] = torch.nan
    told = replace(
        scene,
        classes=AnchorClasses(of, STYLES, "match"),
        values=AnchorValues(values, "loss", "nat"),
    )
    header, arrays, _ = unpack(pack_scene(told))
    np.testing.assert_array_equal(arrays["classOf"], of.numpy())
    np.testing.assert_array_equal(arrays["valueOf"], values.numpy())
    assert header["classes"]["name"] == "match"
    assert header["classes"]["styles"][1] == {
        "name": "negative", "shown": False, "colour": "#8c96a5", "dash": [2, 3], "width": 1,
    }  # fmt: skip
    assert header["values"] == {
        "name": "loss", "unit": "nat", "limits": [0, 3],
        "stops": [list(stop) for stop in SCORE_STOPS],
    }  # fmt: skip
    assert header["payloadId"] != unpack(pack_scene(scene))[0]["payloadId"]


def test_classes_do_not_need_scores() -> None:
    classes = AnchorClasses(torch.zeros(48, dtype=torch.uint8), STYLES)
    _, arrays, _ = unpack(pack_scene(replace(make_scene(), outcome=None, classes=classes)))
    assert arrays.keys() == {"classOf"}


@pytest.mark.parametrize(
    ("values", "limits", "sent"),
    [
        (torch.full((48,), torch.nan), None, None),
        (torch.full((48,), 2.5), None, [2.5, 2.5]),
        (torch.linspace(0, 9, 48), (0.0, 1.0), [0, 1]),
    ],
)
def test_ends_of_the_colour_scale(
    values: torch.Tensor, limits: tuple[float, float] | None, sent: list[float] | None
) -> None:
    scene = replace(make_scene(), values=AnchorValues(values, "loss", limits=limits))
    assert unpack(pack_scene(scene))[0]["values"]["limits"] == sent


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"classes": AnchorClasses(torch.zeros(5, dtype=torch.uint8), STYLES)}, "classOf has 5"),
        ({"values": AnchorValues(torch.zeros(5), "loss")}, "valueOf has 5 entries"),
        (
            {"classes": AnchorClasses(torch.full((48,), 2, dtype=torch.uint8), STYLES)},
            "class 2 has no style: there are 2",
        ),
    ],
)
def test_classes_and_values_of_other_anchors_are_refused(change: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        pack_scene(replace(make_scene(), **change))


def test_the_same_scene_is_the_same_bytes() -> None:
    # Streamlit sends a payload that it sent before as a reference of some bytes.
    classes = AnchorClasses(torch.zeros(48, dtype=torch.uint8), STYLES)
    told = replace(make_scene(), objects=make_objects(np.ones((2, 4))), classes=classes)
    again = replace(make_scene(), objects=make_objects(np.ones((2, 4))), classes=classes)
    assert pack_scene(told, edit="e") == pack_scene(again, edit="e")


@pytest.mark.parametrize(
    ("sent", "object_"),
    [
        ({"object": 7}, 0),
        ({"object": 2}, 1),
        ({"object": 7, "layout": "of other anchors"}, 0),  # an object needs only its photo
        ({"object": 7, "photo": "another"}, None),
        ({"object": 0}, None),  # a place, not an id
        ({"object": True}, None),
        ({"object": "7"}, None),
        ({"object": None}, None),
    ],
)
def test_a_selected_object_is_believed_where_it_fits(sent: dict, object_: int | None) -> None:
    scene = replace(make_scene(), objects=make_objects(np.ones((2, 4)), ids=(7, 2)))
    value = {"layout": layout_id(scene), "photo": PHOTO.id, "anchor": None, "cell": None}
    result = read_selection({**value, **sent}, scene)
    assert (result.object, result.anchor, result.objects) == (object_, None, scene.objects)


def test_of_two_selections_the_later_one_counts() -> None:
    alone = {"anchor": 3, "number": 4}
    along = {"objects": [], "selected": {"object": 2, "number": 5}}
    assert later_selection(alone, along) == along["selected"]
    assert later_selection({**alone, "number": 6}, along)["anchor"] == 3
    assert later_selection(None, along) == along["selected"]
    assert later_selection(alone, None) == alone
    assert later_selection(None, {"selected": "junk"}) is None


def test_objects_are_told_apart_from_all_boxes_without_colour_and_crowds_by_their_dash() -> None:
    others = {style.colour for style in FATE_STYLES.values()} | set(LEVEL_COLOURS)
    others |= {colour for _, colour in SCORE_STOPS}
    assert OBJECT_STYLE.colour not in others
    assert OBJECT_STYLE.dash != CROWD_STYLE.dash


def test_palette_tells_fates_apart_without_colour() -> None:
    assert FATE_STYLES.keys() == set(Fate)
    assert len({(style.dash, style.width) for style in FATE_STYLES.values()}) == len(Fate)


def test_palette_has_a_colour_for_every_level_and_scores_that_grow_lighter() -> None:
    assert len(set(LEVEL_COLOURS)) >= MAX_LEVELS

    def lightness(colour: str) -> float:
        red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    steps = [lightness(colour) for _, colour in SCORE_STOPS]
    assert steps == sorted(steps)
