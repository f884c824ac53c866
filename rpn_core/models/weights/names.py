"""Names of a checkpoint's tensors as the network has them: without what wrapped it in training."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from torch import Tensor

# Put into a path wherever a module is wrapped: DataParallel, torch.compile, FSDP, checkpointing.
_WRAPPED = frozenset(
    ("module", "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module", "_forward_module")
)
_DEEPEST = 6  # parts of a path that a prefix may have
# A prefix must give at least so much of a network: fewer names are alike by chance.
_SHARE = 0.5


@dataclass(frozen=True, eq=False, slots=True)
class NamedTensors:
    """Tensors by the names that a network gives them.

    Attributes:
        tensors: those under the prefix by the rest of their names, all others by their own.
        prefix: "model.", "ema.net.", ...; "" where there is none.
    """

    tensors: dict[str, Tensor]
    prefix: str


def by_own_names(state: Mapping[str, Tensor], expected: Collection[str]) -> NamedTensors:
    """Take away the prefix under which most of the expected names are found.

    Of several that have as many it is the first in the file, and no prefix before any.

    >>> by_own_names({"model._orig_mod.a": 1, "model._orig_mod.b": 2, "loss": 3}, ("a", "b"))
    NamedTensors(tensors={'a': 1, 'b': 2, 'loss': 3}, prefix='model.')
    """
    plain: dict[str, Tensor] = {}
    for name, tensor in state.items():
        plain.setdefault(_unwrapped(name), tensor)
    wanted = frozenset(expected)
    found = {"": 0}
    for name in plain:
        parts = name.split(".")
        for cut in range(min(len(parts), _DEEPEST)):
            if current_name(".".join(parts[cut:])) in wanted:
                prefix = "".join(f"{part}." for part in parts[:cut])
                found[prefix] = found.get(prefix, 0) + 1
    prefix = max(found, key=lambda one: found[one])
    if found[prefix] < _SHARE * len(wanted):
        prefix = ""
    under = {n.removeprefix(prefix): t for n, t in plain.items() if n.startswith(prefix)}
    under = {current_name(name): tensor for name, tensor in under.items()}
    beside = {n: t for n, t in plain.items() if not n.startswith(prefix) and n not in under}
    return NamedTensors(under | beside, prefix)


def _unwrapped(name: str) -> str:
    return ".".join(part for part in name.split(".") if part not in _WRAPPED)


def current_name(name: str) -> str:
    """Undo torchvision's renaming of 2022, which its own loader undoes in the same way.

    >>> current_name("rpn.head.conv.bias"), current_name("backbone.fpn.inner_blocks.3.weight")
    ('rpn.head.conv.0.0.bias', 'backbone.fpn.inner_blocks.3.0.weight')
    """
    module, _, kind = name.rpartition(".")
    if module == "rpn.head.conv":
        return f"{module}.0.0.{kind}"
    pyramid, _, block = module.rpartition(".")
    if pyramid in ("backbone.fpn.inner_blocks", "backbone.fpn.layer_blocks") and block.isdigit():
        return f"{module}.0.{kind}"
    return name
