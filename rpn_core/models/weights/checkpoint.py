"""Reading a checkpoint that somebody brought: as tensors only, compared before it is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from rpn_core.errors import UserError
from rpn_core.messages import Message, nmsg
from rpn_core.models.weights.pth_file import (
    DamagedPth,
    NotOnlyTensors,
    StoredTensor,
    read_pth,
    zip_sizes,
)

MAX_BYTES = 1 << 30
# A hundred bytes for each tensor of a network of forty thousand.
MAX_HEADER_BYTES = 4 << 20
# Training scripts wrap the state dict under one of these, beside the optimiser's state.
_WRAPPERS = ("model", "state_dict", "model_state_dict")
_PREFIX = "module."  # from DataParallel

Shapes = Mapping[str, tuple[int, ...]]


def read_checkpoint(data: bytes) -> dict[str, Tensor]:
    """Read named tensors from the bytes of a `.safetensors`, `.pth` or `.pt` file.

    The format is told by the content. A pickle is read as data (`pth_file`): nothing in it runs.

    Returns:
        name -> tensor on the CPU, as stored; a wrapper ({"model": ...}) and "module." removed.
    Raises:
        UserError: empty, too large, damaged, hostile, or without tensors.
    """
    if not data:
        raise UserError("The checkpoint is empty (0 bytes): upload the file again.")
    _check_size(len(data))
    try:
        content = _read_safetensors(data) if _is_safetensors(data) else _read_pth(data)
        return _state(content)
    except MemoryError as error:
        raise UserError(
            "The checkpoint, of {size:.0f} MB, is too large for the memory that this machine has "
            "left: leave the optimiser's state out.",
            size=len(data) / 2**20,
        ) from error


def _state(content: object) -> dict[str, Tensor]:
    for wrapper in _WRAPPERS:
        if isinstance(content, Mapping) and isinstance(content.get(wrapper), Mapping):
            content = content[wrapper]
            break
    if not isinstance(content, Mapping) or not content:
        raise UserError(
            "The checkpoint holds no named tensors: save the model's state_dict() as .safetensors "
            "or .pth and load that."
        )
    state: dict[str, Tensor] = {}
    for name, value in content.items():
        if not isinstance(name, str) or not isinstance(value, Tensor | StoredTensor):
            raise UserError(
                "The checkpoint's entry {name!r} is a {kind}, but a tensor was expected: save the "
                "model's state_dict() as .safetensors or .pth and load that.",
                name=str(name)[:80],
                kind=type(value).__name__,
            )
        state[name.removeprefix(_PREFIX)] = value if isinstance(value, Tensor) else _read(value)
    return state


def _read(tensor: StoredTensor) -> Tensor:
    try:
        return tensor.read()
    except (DamagedPth, RuntimeError) as error:
        raise _unreadable() from error


def _check_size(size: int) -> None:
    if size > MAX_BYTES:
        raise UserError(
            "The checkpoint has {size:.0f} MB, but at most {most:.0f} MB are read: leave the "
            "optimiser's state out.",
            size=size / 2**20,
            most=MAX_BYTES / 2**20,
        )


def _is_safetensors(data: bytes) -> bool:
    # 8 bytes of header length, then the header, which is JSON.
    return data[8:9] == b"{" and not data.startswith(b"PK")


def _read_safetensors(data: bytes) -> object:
    from safetensors.torch import load

    header = int.from_bytes(data[:8], "little")
    if header > MAX_HEADER_BYTES and header <= len(data):
        raise UserError(
            "The checkpoint's header has {size:.0f} MB, but at most {most:.0f} MB of names and "
            "shapes are read: save the model's state_dict() as .safetensors or .pth and load that.",
            size=header / 2**20,
            most=MAX_HEADER_BYTES / 2**20,
        )
    try:
        return load(data)
    except MemoryError:
        raise
    except Exception as error:  # hostile bytes make it fail in any way at all
        raise UserError(
            "The checkpoint is a damaged or truncated .safetensors file: upload it again."
        ) from error


def _read_pth(data: bytes) -> object:
    try:
        # An entry that is compressed could unpack to far more than was uploaded.
        _check_size(sum(zip_sizes(data)))
        return read_pth(data)
    except NotOnlyTensors as error:
        raise UserError(
            "The checkpoint holds more than tensors, and running what it holds would not be "
            "safe, so it was not loaded: save the model's state_dict() as .safetensors or .pth and "
            "load that."
        ) from error
    except DamagedPth as error:
        raise _unreadable() from error


def _unreadable() -> UserError:
    return UserError(
        "The checkpoint cannot be read: it is damaged, truncated, or not a .safetensors, .pth or "
        ".pt file; upload it again, or another."
    )


@dataclass(frozen=True, eq=False, slots=True)
class FittedState:
    """Tensors that fit a network, and one sentence for each thing that was left out."""

    tensors: dict[str, Tensor]
    notes: tuple[Message, ...]


def fit_state(state: Mapping[str, Tensor], expected: Shapes, model: str) -> FittedState:
    """Compare a checkpoint with what a network needs, before anything is loaded.

    Args:
        state: from `read_checkpoint`.
        expected: name -> shape of every tensor of the network.
        model: name of the network, for the messages.
    Returns:
        the expected tensors in float32 (counters keep their type); more than expected is ignored
        and noted: a whole detector brings `roi_heads.*`, which an RPN does not need.
    Raises:
        UserError: the first tensor that is missing, has another shape or is not finite, and how
            many others.
    """
    state = _with_current_names(state)
    # Frozen batch norm counts no batches, so detectors trained with it lack the counter.
    counters = {name for name in expected if name.endswith(".num_batches_tracked")}
    missing = [name for name in expected if name not in state and name not in counters]
    wrong = [
        name
        for name, shape in expected.items()
        if name in state and tuple(state[name].shape) != shape
    ]
    if wrong:
        name = wrong[0]
        raise _wrong_shape(
            model, name, tuple(state[name].shape), expected[name], len(wrong) - 1 + len(missing)
        )
    if missing:
        raise _missing(model, missing[0], expected[missing[0]], len(missing) - 1)
    tensors = {
        name: _plain(name, state[name]) if name in state else torch.tensor(0) for name in expected
    }
    extra = [name for name in state if name not in expected]
    notes: tuple[Message, ...] = ()
    if extra:
        notes = (
            nmsg(
                "The checkpoint has {tensors:,} tensors, of which {count} is not part of the RPN "
                "and was ignored ({first}).",
                "The checkpoint has {tensors:,} tensors, of which {count:,} are not part of the "
                "RPN and were ignored ({first}, ...).",
                count=len(extra),
                tensors=len(state),
                first=extra[0],
            ),
        )
    return FittedState(tensors, notes)


def _wrong_shape(
    model: str, name: str, given: tuple[int, ...], wanted: tuple[int, ...], others: int
) -> UserError:
    if not others:
        return UserError(
            "The checkpoint does not fit {model}: {name} has shape {given}, but {wanted} is "
            "expected; choose the model that it was made for.",
            model=model, name=name, given=str(given), wanted=str(wanted),
        )  # fmt: skip
    return UserError(
        nmsg(
            "The checkpoint does not fit {model}: {name} has shape {given}, but {wanted} is "
            "expected, and {count} more do not fit; choose the model that it was made for.",
            "The checkpoint does not fit {model}: {name} has shape {given}, but {wanted} is "
            "expected, and {count} more do not fit; choose the model that it was made for.",
            count=others, model=model, name=name, given=str(given), wanted=str(wanted),
        )
    )  # fmt: skip


def _missing(model: str, name: str, wanted: tuple[int, ...], others: int) -> UserError:
    if not others:
        return UserError(
            "The checkpoint does not fit {model}: {name}, of shape {wanted}, is missing; choose "
            "the model that it was made for.",
            model=model, name=name, wanted=str(wanted),
        )  # fmt: skip
    return UserError(
        nmsg(
            "The checkpoint does not fit {model}: {name}, of shape {wanted}, is missing, and "
            "{count} more do not fit; choose the model that it was made for.",
            "The checkpoint does not fit {model}: {name}, of shape {wanted}, is missing, and "
            "{count} more do not fit; choose the model that it was made for.",
            count=others, model=model, name=name, wanted=str(wanted),
        )
    )  # fmt: skip


def _plain(name: str, tensor: Tensor) -> Tensor:
    if tensor.layout is not torch.strided or tensor.is_quantized or tensor.is_complex():
        raise UserError(
            "The checkpoint's {name} is sparse, quantised or complex, but plain numbers are "
            "expected: save the model's state_dict() as .safetensors or .pth and load that.",
            name=name,
        )
    if not tensor.is_floating_point():
        return tensor.detach().clone()
    plain = tensor.detach().to(torch.float32, copy=True)
    if plain.numel() and not all(bool(end.isfinite()) for end in plain.aminmax()):
        raise UserError(
            "The checkpoint's {name} holds values that are not finite (NaN or infinity): its "
            "training diverged or the file is damaged; choose another.",
            name=name,
        )
    return plain


def _with_current_names(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Undo torchvision's renaming of 2022, which its own loader undoes in the same way.

    >>> list(_with_current_names({"rpn.head.conv.bias": torch.zeros(1)}))
    ['rpn.head.conv.0.0.bias']
    >>> list(_with_current_names({"backbone.fpn.inner_blocks.3.weight": torch.zeros(1)}))
    ['backbone.fpn.inner_blocks.3.0.weight']
    """
    return {_current_name(name): tensor for name, tensor in state.items()}


def _current_name(name: str) -> str:
    module, _, kind = name.rpartition(".")
    if module == "rpn.head.conv":
        return f"{module}.0.0.{kind}"
    pyramid, _, block = module.rpartition(".")
    if pyramid in ("backbone.fpn.inner_blocks", "backbone.fpn.layer_blocks") and block.isdigit():
        return f"{module}.0.{kind}"
    return name
