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
        pytest.param(pth({f"module.{k}": v for k, v in STATE.items()}), id="DataParallel"),
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
        pytest.param(b"\xff\xd8\xff\xe0 a photo", "cannot be read", id="a photo"),
        pytest.param(b"hello", "cannot be read", id="text"),
        pytest.param(pth(STATE)[:-200], "cannot be read", id="truncated pth"),
        pytest.param(save_safetensors(STATE)[:-5], "truncated .safetensors", id="truncated st"),
        pytest.param(b"\xff" * 8 + b"{" * 20, "truncated .safetensors", id="absurd header"),
        pytest.param(pth(Hostile()), "would not be safe", id="hostile pth"),
        pytest.param(pth({"model": Hostile()}), "would not be safe", id="hostile inside"),
        pytest.param(pickle.dumps(Hostile()), "would not be safe", id="hostile bare pickle"),
        pytest.param(pth(torch.nn.Linear(2, 2)), "would not be safe", id="a pickled module"),
        pytest.param(pth([1, 2]), "no named tensors", id="a list"),
        pytest.param(pth({}), "no named tensors", id="nothing"),
        pytest.param(pth({"epoch": 3}), "'epoch' is a int", id="no tensors"),
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
            r"a\.weight has shape \(9, 3\), but \(2, 3\) is expected, and 1 more do not fit",
            id="shapes",
        ),
        pytest.param(
            {"a.bias": None}, r"a\.bias, of shape \(2,\), is missing; choose", id="one missing"
        ),
        pytest.param(
            {"a.weight": None, "a.bias": None, "b": torch.zeros(1)},
            r"a\.weight, of shape \(2, 3\), is missing, and 1 more do not fit",
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
