"""A `.pth` or `.pt` file read as data: its pickle is walked, never run.

A pickle is a small program. Even a reader that lets it call only harmless functions can be made to
fill the memory (`bytearray(10**11)`) or to hash a structure that doubles in each step. Here its
opcodes are looked at one by one, and only what a state dict is made of is understood: containers,
plain values, tensors. Of what training frameworks lay beside it (numbers of numpy, options, logs:
`_INERT`) only the place is kept: an `Untaken`, of which nothing was made. Everything else is
refused, whatever it would do.
"""

from __future__ import annotations

import io
import pickletools
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

# All names, shapes and containers; the tensors' numbers lie elsewhere. A detector needs 0.1 MB.
MAX_CONTENTS_BYTES = 4 << 20
MAX_OPCODES = 500_000
MAX_ZIP_ENTRIES = 20_000
_MAX_DIMENSIONS = 64  # torch's own limit
_TOO_MANY = 1 << 48

_MAGIC = 0x1950A86A20F9469CFC6C  # of torch.save before torch 1.6
_DTYPES = {
    "FloatStorage": torch.float32,
    "DoubleStorage": torch.float64,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "ShortStorage": torch.int16,
    "CharStorage": torch.int8,
    "ByteStorage": torch.uint8,
    "BoolStorage": torch.bool,
}


class NotOnlyTensors(Exception):
    """A whole file, with something in it that a state dict has no use for."""


class DamagedPth(Exception):
    """Not a file that torch.save wrote, or not all of one."""


@dataclass(frozen=True, slots=True)
class Storage:
    """Where the numbers of tensors lie in the file.

    Attributes:
        key: its name there.
        dtype: of its numbers.
        numel: how many there are, as the pickle says.
    """

    key: str
    dtype: torch.dtype
    numel: int

    @property
    def nbytes(self) -> int:
        return self.numel * self.dtype.itemsize


@dataclass(frozen=True, eq=False, slots=True)
class StoredTensor:
    """A tensor that has not been read yet: a storage, and how its numbers lie in it."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]
    numbers: Callable[[Storage], Tensor]

    def read(self) -> Tensor:
        """Read the numbers.

        Raises:
            DamagedPth: they are not there, or the tensor would reach beyond its storage.
        """
        flat = self.numbers(self.storage)
        if 0 in self.shape:
            return torch.empty(self.shape, dtype=self.storage.dtype)
        last = self.offset + sum(
            (n - 1) * step for n, step in zip(self.shape, self.stride, strict=True)
        )
        if last >= len(flat):
            raise DamagedPth("a tensor reaches beyond its storage")
        return torch.as_strided(flat, self.shape, self.stride, self.offset)


@dataclass(frozen=True, slots=True)
class Untaken:
    """Stands where the pickle would make an object of a training framework's; it has no content."""

    kind: str


@dataclass(frozen=True, slots=True)
class _Name:
    """Something that the pickle would import."""

    module: str
    name: str


def read_pth(data: bytes) -> Any:
    """Read what `torch.save` wrote, in its present form (a zip) or that before torch 1.6.

    Returns:
        dicts, lists, tuples, plain values, `StoredTensor`s and `Untaken`s.
    Raises:
        NotOnlyTensors: there is something else in it.
        DamagedPth: it is not such a file, is cut short, or has a larger table of contents than a
            network needs.
    """
    try:
        if data.startswith(b"PK\x03\x04"):
            return _read_zip(data)
        if data.startswith(b"\x80"):
            return _read_before_1_6(data)
    except (NotOnlyTensors, DamagedPth, MemoryError):
        raise
    except Exception as error:  # a hostile pickle makes pickletools and the walk fail in many ways
        raise DamagedPth(str(error)) from error
    raise DamagedPth("neither a zip nor a pickle")


def zip_sizes(data: bytes) -> list[int]:
    """The unpacked size of every entry, as the zip says; empty if it is none.

    Raises:
        DamagedPth: it has more entries than any network has tensors.
    """
    # Counted first: a list of millions of entries would itself fill the memory.
    if data.count(b"PK\x01\x02") > MAX_ZIP_ENTRIES:
        raise DamagedPth("too many entries")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return [entry.file_size for entry in archive.infolist()]
    except Exception:  # damaged in one of many ways
        return []


class _Storages:
    """The storages of one file: each is read once, whatever number of tensors lie in it."""

    def __init__(self, content: Callable[[Storage], bytes]) -> None:
        self.known: dict[str, Storage] = {}
        self._content = content
        self._read: dict[str, Tensor] = {}

    def tensor(
        self, storage: Storage, offset: int, shape: tuple[int, ...], stride: tuple[int, ...]
    ) -> StoredTensor:
        # Else one storage could be read as many, each of its size.
        if self.known.setdefault(storage.key, storage) != storage:
            raise DamagedPth("one storage of two sizes")
        return StoredTensor(storage, offset, shape, stride, self._numbers)

    def _numbers(self, storage: Storage) -> Tensor:
        if storage.key not in self._read:
            content = self._content(storage)
            if len(content) != storage.nbytes:
                raise DamagedPth("a storage of another size than the pickle says")
            self._read[storage.key] = (
                # A bytearray, because torch wants to be able to write.
                torch.frombuffer(bytearray(content), dtype=storage.dtype)
                if content
                else torch.empty(0, dtype=storage.dtype)
            )
        return self._read[storage.key]


def _read_zip(data: bytes) -> Any:
    archive = zipfile.ZipFile(io.BytesIO(data))
    names = archive.namelist()
    (contents,) = (n for n in names if n.endswith("/data.pkl") and n.count("/") == 1)
    folder = contents.removesuffix("data.pkl")
    if archive.getinfo(contents).file_size > MAX_CONTENTS_BYTES:
        raise DamagedPth("too large a table of contents")
    order = f"{folder}byteorder"
    if order in names and archive.read(order) != b"little":
        raise DamagedPth("numbers in another byte order")

    def content(storage: Storage) -> bytes:
        try:
            return archive.read(f"{folder}data/{storage.key}")
        except Exception as error:  # no such entry, a wrong checksum, an unknown compression
            raise DamagedPth(str(error)) from error

    return _walk(io.BytesIO(archive.read(contents)), _Storages(content))


def _read_before_1_6(data: bytes) -> Any:
    """Five pickles (magic number, version, byte order, contents, keys), then every storage."""
    file = io.BytesIO(data)
    places: dict[str, int] = {}

    def content(storage: Storage) -> bytes:
        if storage.key not in places:
            raise DamagedPth("a storage that is not there")
        start = places[storage.key]
        return data[start : start + storage.nbytes]

    storages = _Storages(content)
    if _walk(file, storages) != _MAGIC:
        raise DamagedPth("no magic number")
    _walk(file, storages)
    _walk(file, storages)
    contents = _walk(file, storages)
    for key in _walk(file, storages):
        at = file.tell()
        if int.from_bytes(data[at : at + 8], "little") != storages.known[key].numel:
            raise DamagedPth("a storage of another size than the pickle says")
        places[key] = at + 8
        file.seek(at + 8 + storages.known[key].nbytes)
    return contents


# Packages whose objects lie beside the weights in checkpoints of usual training scripts.
_INERT = frozenset(
    (
        "_codecs", "argparse", "datetime", "detectron2", "fvcore", "lightning", "lightning_fabric",
        "mmcv", "mmdet", "mmengine", "numpy", "omegaconf", "pathlib", "pytorch_lightning", "yacs",
    )
)  # fmt: skip
_INERT_NAMES = frozenset(
    (
        _Name("collections", "defaultdict"), _Name("collections", "deque"),
        _Name("collections", "Counter"), _Name("torch", "device"), _Name("builtins", "set"),
        _Name("__builtin__", "set"),
    )
)  # fmt: skip


def _untaken(name: _Name) -> Untaken:
    if name not in _INERT_NAMES and name.module.partition(".")[0] not in _INERT:
        raise NotOnlyTensors(f"{name.module}.{name.name}")
    return Untaken(f"{name.module}.{name.name}")


_PUSHED_AS_IT_IS = {
    "INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT",
    "UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8",
    "STRING", "BINSTRING", "SHORT_BINSTRING", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8",
}  # fmt: skip
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}


def _walk(file: io.BytesIO, storages: _Storages) -> Any:
    """Rebuild what one pickle describes; leaves `file` behind its end."""
    stack: list[Any] = []
    marks: list[int] = []
    memo: dict[int, Any] = {}

    def since_mark() -> list[Any]:
        start = marks.pop()
        items = stack[start:]
        del stack[start:]
        return items

    def last(count: int) -> list[Any]:
        if len(stack) - (marks[-1] if marks else 0) < count:
            raise DamagedPth("an empty stack")
        items = stack[len(stack) - count :]
        del stack[len(stack) - count :]
        return items

    start = file.tell()
    argument: Any
    for opcodes, (opcode, argument, _) in enumerate(pickletools.genops(file)):
        if opcodes > MAX_OPCODES or file.tell() - start > MAX_CONTENTS_BYTES:
            raise DamagedPth("too large a table of contents")
        match opcode.name:
            case "PROTO" | "FRAME":
                pass
            case "STOP":
                return last(1)[0]
            case name if name in _PUSHED_AS_IT_IS:
                stack.append(argument)
            case "NONE" | "NEWTRUE" | "NEWFALSE" | "EMPTY_TUPLE":
                stack.append(_CONSTANTS[opcode.name])
            case "MARK":
                marks.append(len(stack))
            case "POP":
                last(1)
            case "POP_MARK":
                since_mark()
            case "DUP":
                stack.append(stack[-1])
            case "PUT" | "BINPUT" | "LONG_BINPUT":
                memo[argument] = stack[-1]
            case "MEMOIZE":
                memo[len(memo)] = stack[-1]
            case "GET" | "BINGET" | "LONG_BINGET":
                stack.append(memo[argument])
            case "EMPTY_DICT":
                stack.append({})
            case "EMPTY_LIST" | "EMPTY_SET":
                stack.append([])
            case "DICT":
                stack.append(_filled({}, since_mark()))
            case "LIST":
                stack.append(since_mark())
            case "TUPLE":
                stack.append(tuple(since_mark()))
            case "TUPLE1" | "TUPLE2" | "TUPLE3":
                stack.append(tuple(last(int(opcode.name[-1]))))
            case "APPEND":
                (item,) = last(1)
                _extended(stack[-1], [item])
            case "APPENDS" | "ADDITEMS":
                items = since_mark()
                _extended(stack[-1], items)
            case "SETITEM":
                items = last(2)
                _filled(stack[-1], items)
            case "SETITEMS":
                items = since_mark()
                _filled(stack[-1], items)
            case "GLOBAL":
                module, _, name = argument.partition(" ")
                stack.append(_Name(module, name))
            case "STACK_GLOBAL":
                module, name = last(2)
                stack.append(_Name(str(module), str(name)))
            case "BINPERSID":
                stack.append(_storage(last(1)[0]))
            case "REDUCE":
                function, arguments = last(2)
                stack.append(_result(function, arguments, storages))
            case "NEWOBJ" | "NEWOBJ_EX":
                kind, *_ = last(2 if opcode.name == "NEWOBJ" else 3)
                if not isinstance(kind, _Name):
                    raise NotOnlyTensors(opcode.name)
                stack.append(_untaken(kind))
            case "BUILD":  # an OrderedDict's attributes, such as a state dict's _metadata
                last(1)
                if not isinstance(stack[-1], dict | Untaken):
                    raise NotOnlyTensors(type(stack[-1]).__name__)
            case _:
                raise NotOnlyTensors(opcode.name)
    raise DamagedPth("no end")


def _extended(container: object, items: list[Any]) -> None:
    if isinstance(container, Untaken):
        return
    if not isinstance(container, list):
        raise DamagedPth("items for what is no list")
    container.extend(items)


def _filled(container: Any, items: list[Any]) -> Any:
    if isinstance(container, Untaken):
        return container
    if not isinstance(container, dict) or len(items) % 2:
        raise DamagedPth("items for what is no dict")
    for key in items[::2]:
        # No state dict has other keys, and hashing them can take exponential time: a tuple of a
        # tuple twice of a tuple twice ...
        if not isinstance(key, str | int | float | None) or (
            isinstance(key, int) and abs(key) >= 1 << 63
        ):
            raise NotOnlyTensors("a key that is neither a name nor a number")
    container.update(zip(items[::2], items[1::2], strict=True))
    return container


def _storage(described: object) -> Storage:
    """From the persistent id of torch.save: ("storage", class, key, location, numel[, view])."""
    match described:
        case ("storage", _Name("torch", kind), str(key), str(), int(numel), *view):
            if kind not in _DTYPES or view not in ([], [None]):
                raise NotOnlyTensors(kind)
            if not 0 <= numel < _TOO_MANY:
                raise DamagedPth("a storage of impossible size")
            return Storage(key, _DTYPES[kind], numel)
    raise NotOnlyTensors("a reference that is no storage")


def _result(function: object, arguments: Any, storages: _Storages) -> Any:
    """What a call in the pickle would have given, for the few calls in a state dict."""
    match function, arguments:
        case _Name("collections", "OrderedDict"), ():
            return {}
        case _Name("collections", "OrderedDict"), (list(pairs),):
            parts = [part for pair in pairs for part in _pair(pair)]
            pairs.clear()  # one long list, named in a thousand calls, would be copied in each
            return _filled({}, parts)
        case _Name("torch", "Size"), (tuple(shape),):
            return shape
        case (
            _Name("torch._utils", "_rebuild_tensor_v2" | "_rebuild_tensor"),
            (Storage() as storage, int(offset), tuple(shape), tuple(stride), *_),
        ):
            if not len(shape) == len(stride) <= _MAX_DIMENSIONS or not all(
                isinstance(n, int) and 0 <= n < _TOO_MANY for n in (offset, *shape, *stride)
            ):
                raise DamagedPth("a tensor of impossible shape")
            return storages.tensor(storage, offset, shape, stride)
        case (
            _Name("torch._utils", "_rebuild_parameter" | "_rebuild_parameter_with_state"),
            (StoredTensor() as tensor, *_),
        ):
            return tensor
        case _Name() as name, _:
            return _untaken(name)
    raise DamagedPth("a call of what is no function")


def _pair(pair: object) -> tuple[Any, Any]:
    match pair:
        case (key, value) | [key, value]:
            return key, value
    raise DamagedPth("a pair that is none")
