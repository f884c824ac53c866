"""A checkpoint of one's own: every way in which it can be wrong gets its own sentence."""

from __future__ import annotations

import io
import os
import pickle
import zipfile

import pytest
import torch
from safetensors.torch import save as save_safetensors

from rpn_core.errors import UserError
from rpn_core.models.weights import checkpoint
from rpn_core.models.weights.checkpoint import fit_state, read_checkpoint

STATE = {"a.weight": torch.arange(6.0).reshape(2, 3), "a.bias": torch.tensor([1.5, -2])}
SHAPES = {"a.weight": (2, 3), "a.bias": (2,)}


def pth(content, **options) -> bytes:
    file = io.BytesIO()
    torch.save(content, file, **options)
    return file.getvalue()


def zip_of(name: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, "text")
    return file.getvalue()


class Hostile:
    """Runs a command when it is unpickled without care."""

    def __reduce__(self):
        return (os.system, ("touch hostile-code-ran",))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(save_safetensors(STATE), id="safetensors"),
        pytest.param(pth(STATE), id="pth"),
        pytest.param(pth(STATE, _use_new_zipfile_serialization=False), id="pth before torch 1.6"),
        pytest.param(pth({"model": STATE, "epoch": 3, "optimizer": {"lr": 0.1}}), id="model"),
        pytest.param(pth({"state_dict": STATE}), id="state_dict"),
        pytest.param(pth({"epoch": 3, "student": STATE}), id="one entry of any name"),
        pytest.param(pth({"model": {"state_dict": STATE, "epoch": 3}}), id="one in the other"),
        pytest.param(pth({"state_dict": STATE, "ema_state_dict": {}, "meta": {}}), id="mmengine"),
        pytest.param(pth({k: torch.nn.Parameter(v) for k, v in STATE.items()}), id="parameters"),
    ],
)
def test_every_usual_form_gives_the_same_tensors(data):
    state = read_checkpoint(data)
    assert state.keys() == STATE.keys()
    assert all(torch.equal(state[name], STATE[name]) for name in STATE)


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(b"", "is empty", id="zero bytes"),
        pytest.param(b"\xff\xd8\xff\xe0 a photo", "it is a picture", id="a photo"),
        pytest.param(b"\x89PNG\r\n\x1a\n a photo", "it is a picture", id="a PNG"),
        pytest.param(b"hello", "cannot be read: it is damaged", id="text"),
        pytest.param(b"\n<!DOCTYPE html><html>", "it is an HTML page", id="a page"),
        pytest.param(
            b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n",
            "it is a pointer of Git LFS, which stands for the file: run `git lfs pull`.",
            id="Git LFS",
        ),
        pytest.param(b'{"a": [1, 2]}', "it is JSON, a text", id="JSON"),
        pytest.param(b'{\n "a": {}}', "it is JSON, a text", id="JSON of several lines"),
        pytest.param(b'{"abcd": {"a":1}', "it is JSON", id="JSON that looks like safetensors"),
        pytest.param(b"\x1f\x8b\x08 packed", "it is packed with gzip", id="gzip"),
        pytest.param(b"\x89HDF\r\n\x1a\n", "it is an HDF5 file, as Keras writes", id="Keras"),
        pytest.param(zip_of("readme.txt"), "it is a zip of other files: unpack it", id="a zip"),
        pytest.param(pth(STATE)[:-200], "cannot be read: it is cut short", id="truncated pth"),
        pytest.param(pth(STATE)[:200], "cannot be read: it is cut short", id="little of a pth"),
        pytest.param(
            save_safetensors(STATE)[:-5], "truncated .safetensors file: its end", id="truncated st"
        ),
        pytest.param(b"\xff" * 8 + b"{" * 20, "truncated .safetensors", id="absurd header"),
        pytest.param(pth(Hostile()), "would not be safe", id="hostile pth"),
        pytest.param(pth({"model": Hostile()}), "would not be safe", id="hostile inside"),
        pytest.param(pickle.dumps(Hostile()), "would not be safe", id="hostile bare pickle"),
        pytest.param(pth(torch.nn.Linear(2, 2)), "would not be safe", id="a pickled module"),
        pytest.param(pth([1, 2]), "no named tensors", id="a list"),
        pytest.param(pth({}), "no named tensors", id="nothing"),
        pytest.param(pth({"epoch": 3}), "'epoch' is a int", id="no tensors"),
        pytest.param(
            pth({"student": STATE, "teacher": STATE}),
            r"several sets of weights \(student, teacher\): save the state_dict",
            id="two networks",
        ),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_sentence(data, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=words) as refused:
        read_checkpoint(data)
    assert list(tmp_path.iterdir()) == []  # nothing ran
    assert "\n" not in str(refused.value)


def test_too_large_a_file_is_refused_before_it_is_parsed(monkeypatch):
    monkeypatch.setattr(checkpoint, "MAX_BYTES", 1 << 20)
    with pytest.raises(UserError, match="has 2 MB, but at most 1 MB"):
        read_checkpoint(b"x" * (2 << 20))


def test_a_zip_bomb_is_refused_before_it_is_unpacked(monkeypatch):
    monkeypatch.setattr(checkpoint, "MAX_BYTES", 1 << 20)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data/0", bytes(4 << 20))
    assert len(file.getvalue()) < 1 << 16
    with pytest.raises(UserError, match="has 4 MB, but at most 1 MB"):
        read_checkpoint(file.getvalue())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param(
            {"a.weight": torch.zeros(9, 3), "a.bias": torch.zeros(9)},
            r"a\.weight has shape \(9, 3\), but \(2, 3\) is expected, and 1 more does not fit",
            id="shapes",
        ),
        pytest.param(
            {"a.bias": None}, r"a\.bias, of shape \(2,\), is missing; choose", id="one missing"
        ),
        pytest.param(
            {"a.weight": None, "a.bias": None, "b": torch.zeros(1)},
            r"a\.weight, of shape \(2, 3\), is missing, and 1 more does not fit",
            id="all missing",
        ),
        pytest.param(
            {"a.bias": torch.tensor([1, torch.nan])}, r"a\.bias holds values.* not finite", id="NaN"
        ),
        pytest.param(
            {"a.bias": torch.tensor([1, -torch.inf])}, r"a\.bias holds.*not finite", id="infinity"
        ),
        pytest.param(
            {"a.weight": torch.zeros(2, 3).to_sparse()}, r"a\.weight is sparse", id="sparse"
        ),
    ],
)
def test_what_does_not_fit_names_the_tensor(change, words):
    state = {name: value for name, value in (STATE | change).items() if value is not None}
    with pytest.raises(UserError, match=words):
        fit_state(state, SHAPES, "tiny")


def test_half_precision_is_widened_and_shared_storage_is_not_kept():
    fitted = fit_state({name: value.half() for name, value in STATE.items()}, SHAPES, "tiny")
    assert {value.dtype for value in fitted.tensors.values()} == {torch.float32}
    kept = fit_state(STATE, SHAPES, "tiny").tensors["a.bias"]
    assert kept.data_ptr() != STATE["a.bias"].data_ptr()


def test_the_rest_of_a_detector_is_ignored_and_said():
    more = {"roi_heads.box.weight": torch.zeros(1), "roi_heads.box.bias": torch.zeros(1)}
    fitted = fit_state(STATE | more, SHAPES, "tiny")
    assert list(fitted.tensors) == list(SHAPES)
    assert [str(note) for note in fitted.notes] == [
        "The checkpoint has 4 tensors, of which 2 are not part of the RPN and were ignored "
        "(roi_heads.box.weight, ...).",
    ]
    assert fit_state(STATE, SHAPES, "tiny").notes == ()


def test_frozen_batch_norm_lacks_a_counter_and_that_is_fine():
    shapes = SHAPES | {"bn.num_batches_tracked": ()}
    assert fit_state(STATE, shapes, "tiny").tensors["bn.num_batches_tracked"] == 0


# ---- names as training scripts leave them ------------------------------------------------------

PREFIXES = (
    "module.", "_orig_mod.", "model.", "ema.", "net.", "module._orig_mod.", "_orig_mod.module.",
    "model.module.", "ema.module._orig_mod.", "model.net.", "student.backbone_of_mine.",
    "_forward_module.model.",
)  # fmt: skip


@pytest.mark.parametrize("prefix", PREFIXES)
def test_names_may_have_any_prefix(prefix):
    state = {f"{prefix}{name}": value for name, value in STATE.items()}
    fitted = fit_state(read_checkpoint(pth({"state_dict": state})), SHAPES, "tiny")
    assert all(torch.equal(fitted.tensors[name], STATE[name]) for name in STATE)
    assert fitted.notes == ()


def test_a_module_that_was_compiled_alone_is_known():
    state = {"a._orig_mod.weight": STATE["a.weight"], "a.module.bias": STATE["a.bias"]}
    assert list(fit_state(state, SHAPES, "tiny").tensors) == list(SHAPES)


def test_what_lies_beside_the_prefix_is_ignored_and_said():
    state = {f"model.{name}": value for name, value in STATE.items()}
    more = {"criterion.weight": torch.zeros(1), "model.aux.weight": torch.zeros(1)}
    fitted = fit_state(state | more, SHAPES, "tiny")
    assert "of which 2 are not part of the RPN" in str(fitted.notes[0])


def test_of_two_networks_the_first_in_the_file_is_taken():
    state = {f"{who}.{name}": value + n for n, who in enumerate(("model", "ema_model"))
             for name, value in STATE.items()}  # fmt: skip
    fitted = fit_state(state, SHAPES, "tiny")
    assert torch.equal(fitted.tensors["a.bias"], STATE["a.bias"])


def test_names_of_its_own_come_before_any_prefix():
    other = {f"ema.{name}": value + 1 for name, value in STATE.items()}
    fitted = fit_state(other | STATE, SHAPES, "tiny")
    assert torch.equal(fitted.tensors["a.bias"], STATE["a.bias"])


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (["model.0.conv.weight", "model.24.m.0.bias"], "a whole YOLO"),
        (["model.model.22.cv2.0.0.conv.weight"], "a whole YOLO"),
        (["proposal_generator.rpn_head.conv.weight"], "a whole Faster R-CNN of detectron2"),
        (["module.rpn_head.rpn_cls.weight", "roi_head.x"], "a whole Faster R-CNN of mmdetection"),
        (["bbox_head.retina_cls.weight"], "a whole RetinaNet of mmdetection"),
        (["head.classification_head.conv.0.0.weight"], "a whole RetinaNet of torchvision"),
        (["layer1.0.conv1.weight", "fc.weight"], "a ResNet that classifies images"),
    ],
)
def test_weights_of_another_kind_are_called_by_it(names, kind):
    with pytest.raises(UserError, match=f"; these are the weights of {kind}, so choose"):
        fit_state({name: torch.zeros(1) for name in names}, SHAPES, "tiny")


def test_another_number_of_anchors_is_told_as_such():
    head = {"rpn.head.cls_logits.weight": (9, 4, 1, 1), "rpn.head.bbox_pred.weight": (36, 4, 1, 1)}
    given = {"rpn.head.cls_logits.weight": torch.zeros(12, 4, 1, 1),
             "rpn.head.bbox_pred.weight": torch.zeros(48, 4, 1, 1)}  # fmt: skip
    words = "it has another number of anchors, with 12 channels where those of 9 anchors a cell"
    with pytest.raises(UserError, match=words):
        fit_state(given, head, "tiny")
    given["rpn.head.bbox_pred.weight"] = torch.zeros(50, 4, 1, 1)
    with pytest.raises(UserError, match="choose the model that it was made for"):
        fit_state(given, head, "tiny")
