"""Whatever a checkpoint's header or pickle says, tensors or one sentence come of it, and soon."""

from __future__ import annotations

import json
import struct
import time

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save

from rpn_core.models.weights.checkpoint import fit_state, read_checkpoint
from tests.hostile_files import pth, refusal, safetensors, stored_tensor

SHAPES = {"w": (2, 3), "b": (2,)}
MAX_SECONDS = 2.0


def tensors_or_one_sentence(data: bytes) -> None:
    def read() -> None:
        state = read_checkpoint(data)
        assert all(isinstance(tensor, torch.Tensor) for tensor in state.values())
        fitted = fit_state(state, SHAPES, "tiny").tensors
        assert {name: tuple(tensor.shape) for name, tensor in fitted.items()} == SHAPES
        assert all(bool(tensor.isfinite().all()) for tensor in fitted.values())

    started = time.thread_time()
    sentence = refusal(read)
    assert time.thread_time() - started < MAX_SECONDS
    assert "\n" not in sentence
    assert len(sentence) < 500


# Numbers at which counting goes wrong, and others.
NUMBERS = st.sampled_from(
    [0, 1, 2, 3, 6, 7, 24, 255, 256, 2**31 - 1, 2**31, 2**32, 2**47, 2**48, 2**62, 2**63, 2**64,
     -1, -(2**63)]
) | st.integers(-10, 40)  # fmt: skip
ODD = st.none() | st.booleans() | st.floats() | st.text(max_size=3) | st.just([]) | st.just({})


DTYPES = ["F32", "F16", "BF16", "I64", "U8", "BOOL", "F64", "F8_E4M3", "F4", "C64", "X"]


@st.composite
def headers(draw: st.DrawFn) -> bytes:
    """A safetensors header, lying in any way that JSON can."""
    entry = st.fixed_dictionaries(
        {},
        optional={
            "dtype": st.sampled_from(DTYPES) | ODD,
            "shape": st.lists(NUMBERS, max_size=4) | ODD,
            "data_offsets": st.tuples(NUMBERS, NUMBERS) | st.lists(NUMBERS, max_size=3) | ODD,
            "more": ODD,
        },
    )  # fmt: skip
    names = st.sampled_from(["w", "b", "module.w", "__metadata__", ""]) | st.text(max_size=5)
    return json.dumps(draw(st.dictionaries(names, entry | ODD, max_size=4))).encode()


@given(
    header=headers(),
    tensors=st.binary(max_size=64),
    length=st.none() | NUMBERS.filter(lambda n: 0 <= n < 2**64),
)
@settings(max_examples=150)
def test_any_safetensors_header(header, tensors, length):
    tensors_or_one_sentence(safetensors(header, tensors, length=length))


@given(
    numel=NUMBERS,
    shape=st.lists(NUMBERS, max_size=4),
    stride=st.lists(NUMBERS, max_size=4),
    offset=NUMBERS,
    storage=st.sampled_from(["FloatStorage", "HalfStorage", "BoolStorage", "QUInt8Storage"]),
    content=st.binary(max_size=64) | st.just(bytes(24)),
)
@settings(max_examples=150)
def test_any_tensor_in_a_pickle(numel, shape, stride, offset, storage, content):
    pickled = stored_tensor("w", numel, tuple(shape), tuple(stride), offset=offset, storage=storage)
    tensors_or_one_sentence(pth(pickled, {"0": content}))


def _text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value)) + value.encode()


# What pickles are made of, in any order: most are nonsense, and some are not.
OPCODES = st.sampled_from(
    [
        b"(", b".", b"0", b"1", b"2", b"}", b"]", b")", b"\x8f", b"d", b"l", b"t", b"\x85",
        b"\x86", b"\x87", b"a", b"e", b"\x90", b"s", b"u", b"N", b"\x88", b"\x89", b"K\x01",
        b"K\x00", b"M\xff\xff", b"J\xff\xff\xff\x7f", b"\x8a\x09" + b"\xff" * 9,
        b"G\x7f\xf0" + bytes(6), b"I01\n", b"L99L\n", b"S'a'\n", b"Va\n", b"C\x01a", b"\x94",
        b"q\x00", b"q\x01", b"h\x00", b"h\x01", b"R", b"b", b"\x81", b"Q", b"P0\n",
        b"ios\nsystem\n", b"o", b"\x93", b"\x82\x01", b"\x95" + bytes(8),
        b"ccollections\nOrderedDict\n", b"ctorch\nSize\n", b"ctorch\nFloatStorage\n",
        b"ctorch._utils\n_rebuild_tensor_v2\n", b"ctorch._utils\n_rebuild_parameter\n",
        b"cbuiltins\nbytearray\n", b"cos\nsystem\n", _text("w"), _text("storage"), _text("0"),
        _text("cpu"), stored_tensor("w", 6, (2, 3), (3, 1))[2:-1],
    ]
)  # fmt: skip


@given(st.lists(OPCODES, max_size=40))
@settings(max_examples=200)
def test_any_order_of_opcodes(opcodes):
    pickled = b"\x80\x02" + b"".join(opcodes) + b"."
    tensors_or_one_sentence(pth(pickled, {"0": bytes(24)}))
    tensors_or_one_sentence(pickled)


STATE = {"w": torch.arange(6.0).reshape(2, 3), "b": torch.ones(2)}
FILES = {
    "safetensors": save(STATE),
    "pth": pth(stored_tensor("w", 6, (2, 3), (3, 1)), {"0": bytes(24)}),
}


@pytest.mark.parametrize("kind", FILES)
@given(
    changes=st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), max_size=6),
    keep=st.integers(0, 3000),
)
@settings(max_examples=150)
def test_damage_never_escapes(kind, changes, keep):
    data = bytearray(FILES[kind])
    for at, value in changes:
        data[at % len(data)] = value
    tensors_or_one_sentence(bytes(data[:keep]) if keep < len(data) else bytes(data))
