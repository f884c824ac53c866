"""A checkpoint is data: nothing in it runs, and no small file costs much time or memory."""

from __future__ import annotations

import argparse
import collections
import datetime
import io
import json
import pathlib
import pickle
import struct
import time
import tracemalloc
import zipfile

import numpy as np
import pytest
import torch

from rpn_core.errors import UserError
from rpn_core.models.weights.checkpoint import read_checkpoint
from rpn_core.models.weights.pth_file import MAX_OPCODES, MAX_ZIP_ENTRIES, Untaken, read_pth
from tests.hostile_files import pth, safetensors, stored_tensor

UNSAFE = r"holds more than tensors \(.+\), and running what it holds would not be safe"
UNREADABLE = "cannot be read: it is damaged"


def saved(content: object, **options: object) -> bytes:
    file = io.BytesIO()
    torch.save(content, file, **options)
    return file.getvalue()


TIED = torch.arange(12.0)
STATES = {
    "every type": {
        str(dtype): torch.ones(3, dtype=dtype)
        for dtype in (
            torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32,
            torch.int16, torch.int8, torch.uint8, torch.bool,
        )
    },
    "shapes": {
        "scalar": torch.tensor(3.5), "none": torch.zeros(0, 4), "deep": torch.rand(2, 1, 3, 2),
    },
    "views": {"turned": TIED.view(3, 4).T, "slice": TIED[5:9], "wide": TIED[:1].expand(2, 4)},
    "a module's": torch.nn.Sequential(
        torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4)
    ).state_dict(),
    "parameters": dict(torch.nn.Linear(3, 2).named_parameters()),
}  # fmt: skip
OPTIONS = [
    pytest.param({}, id="zip"),
    pytest.param({"_use_new_zipfile_serialization": False}, id="before 1.6"),
    pytest.param({"pickle_protocol": 4}, id="protocol 4"),
    pytest.param({"pickle_protocol": 5}, id="protocol 5"),
]


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("name", STATES)
def test_what_torch_saves_is_read_as_it_was(name, options):
    state = read_checkpoint(
        saved({"model": STATES[name], "epoch": 3, "lr": [0.1, (0.9, 0.99)]}, **options)
    )
    assert list(state) == list(STATES[name])
    for key, tensor in STATES[name].items():
        assert state[key].dtype == tensor.dtype
        assert torch.equal(state[key], tensor)


def test_an_optimiser_beside_the_model_is_no_harm():
    model = torch.nn.Linear(3, 2)
    optimiser = torch.optim.Adam(model.parameters())
    model(torch.ones(1, 3)).sum().backward()
    optimiser.step()
    state = read_checkpoint(
        saved({"model": model.state_dict(), "optimizer": optimiser.state_dict()})
    )
    assert torch.equal(state["weight"], model.weight)


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
def test_what_training_scripts_lay_beside_the_weights_is_passed_over():
    model = torch.nn.Linear(3, 2)
    beside = {
        "best": np.float64(0.5), "curve": np.arange(3.0), "args": argparse.Namespace(lr=0.1),
        "folder": pathlib.PurePosixPath("runs"), "when": datetime.date(2026, 1, 1),
        "counts": collections.defaultdict(list, {"a": [1]}), "device": torch.device("cpu"),
    }  # fmt: skip
    for options in ({}, {"pickle_protocol": 4}, {"_use_new_zipfile_serialization": False}):
        state = read_checkpoint(saved({"state_dict": model.state_dict(), **beside}, **options))
        assert torch.equal(state["weight"], model.weight)
    content = read_pth(saved(beside))
    assert all(isinstance(content[name], Untaken) for name in beside), content


def test_what_is_passed_over_is_no_weights():
    with pytest.raises(UserError, match=r"'w' is a numpy.*scalar, but a tensor was expected"):
        read_checkpoint(saved({"w": np.float64(1)}))


def test_a_call_of_a_framework_is_passed_over_and_one_of_the_system_is_not():
    """Whatever the package is called: nothing is imported, and nothing called."""
    inert = b"\x80\x02}X\x01\x00\x00\x00acnumpy.nowhere\nf\nX\x02\x00\x00\x00id\x85Rs."
    assert read_pth(pth(inert)) == {"a": Untaken("numpy.nowhere.f")}
    for module in (b"numpy_evil", b"os", b"builtins", b"subprocess", b"torch.hub"):
        with pytest.raises(UserError, match=UNSAFE):
            read_checkpoint(pth(inert.replace(b"numpy.nowhere", module)))


def test_a_reader_that_takes_what_torch_takes_would_fill_the_memory():
    bomb = b"\x80\x02cbuiltins\nbytearray\n" + b"J" + struct.pack("<i", 10**9) + b"\x85R."
    tracemalloc.start()
    try:
        with pytest.raises(UserError, match=UNSAFE):
            read_checkpoint(pth(bomb))
        assert tracemalloc.get_traced_memory()[1] < 10**6
    finally:
        tracemalloc.stop()


def doubling(steps: int) -> bytes:
    """A dict with one key: a tuple of the same tuple twice, of the same tuple twice, and so on."""
    return b"\x80\x02}q\x00K\x01q\x01" + b"h\x01h\x01\x86q\x01" * steps + b"h\x00h\x01K\x05s."


@pytest.mark.parametrize(
    ("pickled", "words"),
    [
        pytest.param(doubling(60), UNSAFE, id="a key that takes for ever to hash"),
        pytest.param(b"\x80\x02}\x8a\xff" + b"\x7f" * 255 + b"K\x01s.", UNSAFE, id="a huge key"),
        pytest.param(b"\x80\x02cos\nsystem\nX\x02\x00\x00\x00id\x85R.", UNSAFE, id="a call"),
        pytest.param(b"\x80\x02cos\nsystem\n)\x81.", UNSAFE, id="an object"),
        pytest.param(b"(S'id'\nios\nsystem\n.", UNSAFE, id="an old object"),
        pytest.param(b"\x80\x02]}b.", UNSAFE, id="attributes of a list"),
        pytest.param(b"\x80\x02X\x01\x00\x00\x00aQ.", UNSAFE, id="a reference to elsewhere"),
        pytest.param(b"\x80\x02\x82\x01.", UNSAFE, id="a registered extension"),
        pytest.param(b"\x80\x02" + b"]" * (MAX_OPCODES + 1) + b".", UNREADABLE, id="opcodes"),
        pytest.param(b"\x80\x02X\x00\x00\x50\x00" + b"a" * 0x500000 + b".", UNREADABLE, id="text"),
        pytest.param(b"\x80\x02X\xff\xff\xff\xffa.", UNREADABLE, id="a text that is not there"),
        pytest.param(b"\x80\x02h\x05.", UNREADABLE, id="nothing remembered"),
        pytest.param(b"\x80\x02(((", UNREADABLE, id="no end"),
        pytest.param(b"\x80\x02.", UNREADABLE, id="nothing"),
        pytest.param(b"\x80\x02K\x01K\x01a.", UNREADABLE, id="no list"),
        pytest.param(b"", UNREADABLE, id="no pickle"),
        pytest.param(
            stored_tensor("w", 9, (10,), (1,)), UNREADABLE, id="a tensor beyond its storage"
        ),
        pytest.param(
            stored_tensor("w", 9, (3,), (1,), offset=7), UNREADABLE, id="an offset beyond it"
        ),
        pytest.param(
            stored_tensor("w", 10**9, (9,), (1,)), UNREADABLE, id="a storage beyond the file"
        ),
        pytest.param(stored_tensor("w", 9, (-1,), (1,)), UNREADABLE, id="a negative shape"),
        pytest.param(stored_tensor("w", 9, (9,), (-1,)), UNREADABLE, id="a negative stride"),
        pytest.param(stored_tensor("w", 9, (9,), (1, 1)), UNREADABLE, id="dimensions"),
        pytest.param(stored_tensor("w", 9, (1,) * 99, (1,) * 99), UNREADABLE, id="99 dimensions"),
        pytest.param(
            stored_tensor("w", 9, (1 << 40, 1 << 40), (0, 0)), UNREADABLE, id="too many numbers"
        ),
        pytest.param(
            stored_tensor("w", 9, (9,), (1,), storage="EvilStorage"), UNSAFE, id="unknown storage"
        ),
    ],
)  # fmt: skip
def test_a_pickle_that_means_harm_is_refused_at_once(pickled, words):
    data = pth(pickled, {"0": bytes(36)})
    started = time.thread_time()
    with pytest.raises(UserError, match=words) as refused:
        read_checkpoint(data)
    assert time.thread_time() - started < 20  # not for ever: half a million opcodes take 2 s here
    assert "\n" not in str(refused.value)
    if pickled.startswith(b"\x80"):  # the same without a zip around it
        with pytest.raises(UserError):
            read_checkpoint(pickled)


def test_one_storage_under_many_names_is_read_once():
    state = read_checkpoint(saved({str(i): TIED.view(3, 4) for i in range(50)}))
    assert len({tensor.untyped_storage().data_ptr() for tensor in state.values()}) == 1
    assert torch.equal(state["49"], TIED.view(3, 4))


def test_a_long_list_that_many_calls_share_is_not_copied_by_each():
    count = 5000
    pairs = b"]q\x01(" + b"K\x01K\x02\x86" * count + b"e0"
    calls = b"".join(b"h\x02h\x01\x85R0" for _ in range(20_000))
    data = pth(b"\x80\x02" + pairs + b"ccollections\nOrderedDict\nq\x020" + calls + b"}.")
    started = time.thread_time()
    assert read_pth(data) == {}
    assert time.thread_time() - started < 20  # not for ever: half a million opcodes take 2 s here


def test_a_zip_of_countless_entries_is_not_listed():
    entry = b"PK\x01\x02" + bytes(42)
    with pytest.raises(UserError, match="cannot be read"):
        read_checkpoint(b"PK\x03\x04" + entry * (MAX_ZIP_ENTRIES + 1))


def test_a_compressed_file_within_the_limit_is_read():
    data = pth(
        stored_tensor("w", 9, (3, 3), (3, 1)), {"0": bytes(36)}, compression=zipfile.ZIP_DEFLATED
    )
    assert torch.equal(read_checkpoint(data)["w"], torch.zeros(3, 3))


def test_a_damaged_number_is_found_by_its_checksum():
    data = bytearray(saved({"w": torch.arange(100.0)}))
    at = data.index(torch.arange(100.0).numpy().tobytes())
    data[at + 50] ^= 1
    with pytest.raises(UserError, match=UNREADABLE):
        read_checkpoint(bytes(data))


def entry(**changes: object) -> bytes:
    return json.dumps(
        {"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]} | changes}
    ).encode()


SAFETENSORS = [
    pytest.param(safetensors(entry(), bytes(8), length=1 << 63), id="an absurd header length"),
    pytest.param(safetensors(entry(), bytes(8), length=3), id="a short header length"),
    pytest.param(safetensors(entry(), bytes(8), length=len(entry()) + 8), id="header into tensors"),
    pytest.param(safetensors(entry(dtype="F33"), bytes(8)), id="unknown type"),
    pytest.param(safetensors(entry(dtype="F4"), bytes(8)), id="a type torch does not have"),
    pytest.param(safetensors(entry(shape=[-2]), bytes(8)), id="negative shape"),
    pytest.param(safetensors(entry(shape=[1 << 62, 1 << 62]), bytes(8)), id="huge shape"),
    pytest.param(safetensors(entry(shape=[0, 1 << 63], data_offsets=[0, 0])), id="huge and empty"),
    pytest.param(safetensors(entry(shape=[1.5]), bytes(8)), id="broken shape"),
    pytest.param(safetensors(entry(data_offsets=[8, 0]), bytes(8)), id="backward offsets"),
    pytest.param(safetensors(entry(data_offsets=[0, 1 << 62]), bytes(8)), id="offset beyond"),
    pytest.param(safetensors(b'{"w":' * 3000, bytes(8)), id="nesting"),
    pytest.param(safetensors(b'{"w":null}'), id="null"),
    pytest.param(safetensors(b"{}"), id="nothing"),
    pytest.param(
        safetensors(
            json.dumps(
                {
                    name: {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
                    for name in ("a", "b")
                }
            ).encode(),
            bytes(8),
        ),
        id="overlapping offsets",
    ),
]


@pytest.mark.parametrize("data", SAFETENSORS)
def test_a_lying_safetensors_is_one_sentence(data):
    with pytest.raises(UserError) as refused:
        read_checkpoint(data)
    assert "\n" not in str(refused.value)


def test_a_header_of_millions_of_names_is_not_parsed():
    header = b'{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}' + b" " * (5 << 20) + b"}"
    with pytest.raises(UserError, match="header has 5 MB, but at most 4 MB"):
        read_checkpoint(safetensors(header))


def test_no_memory_is_one_sentence(monkeypatch):
    def fail(_):
        raise MemoryError

    monkeypatch.setattr("rpn_core.models.weights.checkpoint.read_pth", fail)
    with pytest.raises(UserError, match="too large for the memory"):
        read_checkpoint(pth(pickle.dumps({})))
