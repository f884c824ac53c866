"""Reading a checkpoint that somebody brought: as tensors only, compared before it is loaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from rpn_core.errors import UserError
from rpn_core.messages import Message, msg, nmsg
from rpn_core.models.weights.names import by_own_names
from rpn_core.models.weights.no_weights import cut_safetensors, why_no_weights
from rpn_core.models.weights.pth_file import (
    DamagedPth,
    NotOnlyTensors,
    StoredTensor,
    Untaken,
    read_pth,
    zip_sizes,
)
from rpn_core.models.weights.whose import whose_weights
from rpn_core.photo.file_name import display_name

MAX_BYTES = 1 << 30
# A hundred bytes for each tensor of a network of forty thousand.
MAX_HEADER_BYTES = 4 << 20
# Training scripts wrap the state dict under one of these, beside the optimiser's state; the first
# that is there is read. Of mmengine's two, `state_dict` is the averaged one.
_WRAPPERS = (
    "model", "state_dict", "model_state_dict", "net", "network", "weights", "params", "module",
    "ema", "model_ema", "ema_state_dict", "state_dict_ema",
)  # fmt: skip
_DEEPEST = 4  # wrappers within wrappers

Shapes = Mapping[str, tuple[int, ...]]
Advice = Callable[[Mapping[str, Tensor]], Message]


def read_checkpoint(data: bytes) -> dict[str, Tensor]:
    """Read named tensors from the bytes of a `.safetensors`, `.pth` or `.pt` file.

    The format is told by the content. A pickle is read as data (`pth_file`): nothing in it runs.

    Returns:
        name -> tensor on the CPU, as stored; wrappers ({"model": ...}) are removed, prefixes of
        names are not.
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
    for _ in range(_DEEPEST):
        if not isinstance(content, Mapping):
            break
        inside = [content[key] for key in _WRAPPERS if isinstance(content.get(key), Mapping)]
        if not inside:
            break
        content = inside[0]
    content = _only_weights(content)
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
                kind=value.kind if isinstance(value, Untaken) else type(value).__name__,
            )
        state[name] = value if isinstance(value, Tensor) else _read(value)
    return state


def _only_weights(content: object) -> object:
    """The one entry that holds named tensors, under whatever name; what came, where there is none.

    Raises:
        UserError: there are several.
    """
    if not isinstance(content, Mapping) or any(map(_is_tensor, content.values())):
        return content
    found = {
        name: entry
        for name, entry in content.items()
        if isinstance(entry, Mapping) and entry and all(map(_is_tensor, entry.values()))
    }
    if len(found) > 1:
        raise UserError(
            "The checkpoint holds several sets of weights ({names}): save the state_dict() of one "
            "of them alone.",
            names=[str(name)[:40] for name in list(found)[:6]],
        )
    return next(iter(found.values()), content)


def _is_tensor(value: object) -> bool:
    return isinstance(value, Tensor | StoredTensor)


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
        why = why_no_weights(data)
        if why is not None:
            raise _no_weights(why) from error
        if header <= len(data) and cut_safetensors(data):
            raise UserError(
                "The checkpoint is a truncated .safetensors file: its end is missing, so copy or "
                "download it again."
            ) from error
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
            "The checkpoint holds more than tensors ({what}), and running what it holds would not "
            "be safe, so it was not loaded: save the model's state_dict() as .safetensors or .pth "
            "and load that.",
            what=display_name(str(error)),
        ) from error
    except DamagedPth as error:
        why = why_no_weights(data)
        raise (_unreadable() if why is None else _no_weights(why)) from error


def _no_weights(why: Message) -> UserError:
    return UserError("The checkpoint cannot be read: {why}.", why=why)


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


def kind_of_network(state: Mapping[str, Tensor]) -> Message:
    """What to do with weights that do not fit, as far as their names tell."""
    kind = whose_weights(state)
    if kind is None:
        return msg("choose the model that it was made for")
    return msg("these are the weights of {kind}, so choose a model of that kind", kind=kind)


def fit_state(
    state: Mapping[str, Tensor], expected: Shapes, model: str, advice: Advice = kind_of_network
) -> FittedState:
    """Compare a checkpoint with what a network needs, before anything is loaded.

    Args:
        state: from `read_checkpoint`. A prefix of the names is taken away (`by_own_names`).
        expected: name -> shape of every tensor of the network.
        model: name of the network, for the messages.
        advice: what to do with a checkpoint that does not fit, as the end of a sentence.
    Returns:
        the expected tensors in float32 (counters keep their type); more than expected is ignored
        and noted: a whole detector brings `roi_heads.*`, which an RPN does not need.
    Raises:
        UserError: the first tensor that is missing, has another shape or is not finite, and how
            many others.
    """
    given, state = state, by_own_names(state, expected).tensors
    missing, wrong = misfits(state, expected)
    if wrong:
        name = wrong[0]
        more = len(wrong) - 1 + len(missing)
        anchors = None if missing else _other_anchors(state, expected, wrong)
        what = advice(given) if anchors is None else anchors
        raise _wrong_shape(model, name, tuple(state[name].shape), expected[name], more, what)
    if missing:
        raise _missing(model, missing[0], expected[missing[0]], len(missing) - 1, advice(given))
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


def misfits(state: Mapping[str, Tensor], expected: Shapes) -> tuple[list[str], list[str]]:
    """The names that are missing, and those of another shape."""
    # Frozen batch norm counts no batches, so detectors trained with it lack the counter.
    counters = {name for name in expected if name.endswith(".num_batches_tracked")}
    missing = [name for name in expected if name not in state and name not in counters]
    wrong = [
        name
        for name, shape in expected.items()
        if name in state and tuple(state[name].shape) != shape
    ]
    return missing, wrong


def _other_anchors(
    state: Mapping[str, Tensor], expected: Shapes, wrong: list[str]
) -> Message | None:
    """What to say where nothing but the channels for the anchors of a cell differ."""
    ratios = set[float]()
    for name in wrong:
        given, wanted = tuple(state[name].shape), expected[name]
        if not given or len(given) != len(wanted) or given[1:] != wanted[1:] or not wanted[0]:
            return None
        if not name.rpartition(".")[0].endswith(("cls_logits", "bbox_pred", "predict")):
            return None
        ratios.add(given[0] / wanted[0])
    if len(ratios) != 1:
        return None
    fewest = min(wrong, key=lambda name: expected[name][0])
    return msg(
        "it has another number of anchors, with {given} where {wanted} are expected, so choose a "
        "model that has as many",
        given=nmsg("{count} channel", "{count} channels", count=state[fewest].shape[0]),
        wanted=nmsg(
            "the channel of {count} anchor a cell",
            "those of {count} anchors a cell",
            count=expected[fewest][0],
        ),
    )


def _wrong_shape(
    model: str,
    name: str,
    given: tuple[int, ...],
    wanted: tuple[int, ...],
    others: int,
    advice: Message,
) -> UserError:
    if not others:
        return UserError(
            "The checkpoint does not fit {model}: {name} has shape {given}, but {wanted} is "
            "expected; {advice}.",
            model=model, name=name, given=str(given), wanted=str(wanted), advice=advice,
        )  # fmt: skip
    return UserError(
        nmsg(
            "The checkpoint does not fit {model}: {name} has shape {given}, but {wanted} is "
            "expected, and {count} more does not fit; {advice}.",
            "The checkpoint does not fit {model}: {name} has shape {given}, but {wanted} is "
            "expected, and {count} more do not fit; {advice}.",
            count=others, model=model, name=name, given=str(given), wanted=str(wanted),
            advice=advice,
        )
    )  # fmt: skip


def _missing(
    model: str, name: str, wanted: tuple[int, ...], others: int, advice: Message
) -> UserError:
    if not others:
        return UserError(
            "The checkpoint does not fit {model}: {name}, of shape {wanted}, is missing; {advice}.",
            model=model, name=name, wanted=str(wanted), advice=advice,
        )  # fmt: skip
    return UserError(
        nmsg(
            "The checkpoint does not fit {model}: {name}, of shape {wanted}, is missing, and "
            "{count} more does not fit; {advice}.",
            "The checkpoint does not fit {model}: {name}, of shape {wanted}, is missing, and "
            "{count} more do not fit; {advice}.",
            count=others, model=model, name=name, wanted=str(wanted), advice=advice,
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
