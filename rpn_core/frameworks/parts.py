"""The parts of a text that may describe anchors: calls, dicts and mappings, as named values."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from rpn_core.errors import UserError
from rpn_core.frameworks.python_text import Call, PythonText
from rpn_core.frameworks.yaml_text import Mapping, decoded

Value = Callable[[str], Any]  # of the name that sentences give it


@dataclass(frozen=True, slots=True)
class Part:
    """One of them.

    Attributes:
        name: the class that is called or built, without its module; "" where none is named.
        label: what it is called in the text, a name or a path with dots; may be "".
        values: by name, each read when it is asked for: see `get`.
        arguments: of a call, by position.
        is_dict: whether it is a dict, as mmdetection builds things from.
        mapping: of yaml, which knows its lines.
    """

    name: str
    label: str
    values: dict[str, Value]
    arguments: tuple[Value, ...] = ()
    is_dict: bool = False
    mapping: Mapping | None = None

    def has(self, *names: str) -> bool:
        """Whether any of these is among the values."""
        return any(name in self.values for name in names)

    def get(self, name: str, default: Any = None) -> Any:
        """A value, of a text what it spells in Python; or the default where there is none."""
        return decoded(name, self.values[name](name)) if name in self.values else default

    def plain(self, name: str) -> Any:
        """A value that may be a text of its own, such as a name; None for what is no literal."""
        try:
            return self.values[name](name) if name in self.values else None
        except UserError:
            return None

    def known(self, names: Iterable[str]) -> dict[str, Any]:
        """Those values that are there."""
        return {name: self.get(name) for name in names if name in self.values}

    def by_position(self, *names: str) -> Part:
        """The same with its arguments under these names."""
        values = dict(zip(names, self.arguments, strict=False)) | self.values
        return Part(self.name, self.label, values, self.arguments, self.is_dict)

    def called(self) -> str:
        """How a sentence names it."""
        return (self.label or self.name)[:60]


def python_parts(python: PythonText) -> list[Part]:
    """Calls and dicts, outermost first; the last one holds all names that are assigned."""
    bare = Call("", "", (), python.last())
    return [_part(python, call) for call in (*python.calls, bare)]


def _part(python: PythonText, call: Call) -> Part:
    def value(node: Any) -> Value:
        return lambda name: python.literal(name, node)

    values = {name: value(node) for name, node in call.keywords.items()}
    return Part(call.name, call.label, values, tuple(map(value, call.arguments)), call.is_dict)


def yaml_parts(found: Iterable[Mapping]) -> list[Part]:
    """Mappings, outermost first."""
    return [_yaml_part(mapping) for mapping in found]


def _yaml_part(mapping: Mapping) -> Part:
    def value(written: Any) -> Value:
        return lambda _: written

    values = {name: value(written) for name, written in mapping.values.items()}
    named = [mapping.values.get(key) for key in ("NAME", "type", "_target_")]
    name = next((str(name) for name in named if isinstance(name, str)), "")
    return Part(name.rpartition(".")[2], mapping.path, values, (), True, mapping)
