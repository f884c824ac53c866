"""Calls and assignments in a pasted piece of Python: read from its syntax tree, never run."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from rpn_core.errors import UserError
from rpn_core.frameworks.evaluate import evaluate
from rpn_core.frameworks.pasted import shown

_FRAGMENT = "_"  # name of the call that is put around bare keyword arguments


@dataclass(frozen=True, slots=True)
class Call:
    """A call, a dict, or assignments to the parts of one thing, with what could be read.

    Attributes:
        name: of what is called, without its module, or of what a dict builds: `AnchorGenerator`
            for `dict(type='AnchorGenerator')`; "" for a plain dict or for assignments.
        label: what it is called in the text: the name, keyword or path that it is assigned to.
        arguments: of the call by position.
        keywords: by name; values are read by `PythonText.literal`.
        is_dict: whether it is a dict, as mmdetection builds things from.
    """

    name: str
    label: str
    arguments: tuple[ast.expr, ...]
    keywords: dict[str, ast.expr]
    is_dict: bool = False


@dataclass(slots=True)
class PythonText:
    """The calls of a text, outermost first, and the names that it assigns, each as often as it is.

    A name means its last value before the place where it stands.
    """

    calls: list[Call] = field(default_factory=list)
    names: dict[str, list[ast.expr]] = field(default_factory=dict)

    def literal(self, name: str, node: ast.expr) -> Any:
        """The value of an expression of numbers, strings, lists and assigned names.

        Raises:
            UserError: it is something else.
        """
        return evaluate(name, node, self.assigned)

    def assigned(self, node: ast.expr) -> ast.expr | None:
        """What a name has been given before the line where it stands; else what it is given."""
        values = self.names.get(_path(node), [])
        before = [value for value in values if _place(value) < _place(node)]
        return before[-1] if before else next((v for v in values if v is not node), None)

    def last(self) -> dict[str, ast.expr]:
        """Each name with its last value."""
        return {name: values[-1] for name, values in self.names.items()}


def parse_python(text: str) -> PythonText:
    """Read a snippet, a whole file, or bare keyword arguments.

    Raises:
        UserError: it is not Python.
    """
    plain = textwrap.dedent(text.rstrip())
    # Arguments first: `sizes=((32,),),` would be a tuple around them as a statement.
    for source in (f"{_FRAGMENT}(\n{plain}\n)", plain):
        try:
            return _read(ast.parse(source))
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            problem = error
    line = getattr(problem, "lineno", None)
    if not line:
        raise UserError("The text is not valid Python: check its brackets and commas.") from problem
    raise UserError(
        "The text is not valid Python (line {line}): check its brackets and commas.", line=line
    ) from problem


def _place(node: ast.expr) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _read(tree: ast.AST) -> PythonText:
    python = PythonText()
    labels = dict[int, str]()
    parts = dict[str, dict[str, ast.expr]]()
    keywords = dict[str, list[ast.expr]]()
    for node in _walk(tree):
        for target, value in _assignments(node):
            path = _path(target)
            if not path:
                continue
            labels[id(value)] = path
            python.names.setdefault(path, []).append(value)
            holder, dot, last = path.rpartition(".")
            if dot:
                parts.setdefault(holder, {})[last] = value
        if isinstance(node, ast.Call | ast.Dict):
            call = _call(node, labels.get(id(node), ""))
            python.calls.append(call)
            for name, value in call.keywords.items():
                labels.setdefault(id(value), name)
                if isinstance(node, ast.Call):
                    keywords.setdefault(name, []).append(value)
    for values in python.names.values():
        values.sort(key=_place)
    for name, values in keywords.items():  # `AnchorGenerator(sizes=((32,),), n=len(sizes))`
        python.names.setdefault(name, values)
    python.calls += [Call("", holder, (), values) for holder, values in parts.items()]
    return python


def _walk(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node, outermost first and in the order of the text, without recursion."""
    ahead = [tree]
    while ahead:
        node = ahead.pop()
        yield node
        ahead += reversed(list(ast.iter_child_nodes(node)))


def _assignments(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield from _pairs(target, value)
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            yield target, value
        case ast.AugAssign(target=target, op=op, value=value):
            sum_ = ast.BinOp(target, op, value)
            yield target, ast.copy_location(sum_, target)
        case ast.Call(func=ast.Attribute(attr="merge_from_list"), args=[ast.List(elts=parts)]):
            # detectron2's list of names and values in turn
            for name, value in zip(parts[::2], parts[1::2], strict=False):
                if isinstance(name, ast.Constant) and isinstance(name.value, str):
                    yield name, value


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    """`sizes, ratios = ..., ...` is two assignments."""
    both = isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List)
    if both and len(target.elts) == len(value.elts):  # type: ignore[attr-defined]
        yield from zip(target.elts, value.elts, strict=True)  # type: ignore[attr-defined]
    else:
        yield target, value


def _path(target: ast.expr) -> str:
    """`cfg.MODEL.SIZES` for it, and for `cfg["MODEL"]["SIZES"]`."""
    names, node = list[str](), target
    while True:
        match node:
            case ast.Subscript(value=inner, slice=ast.Constant(value=str(name))):
                names.append(name)
            case ast.Attribute(value=inner, attr=name):
                names.append(name)
            case ast.Name(id=name) | ast.Constant(value=str(name)):
                return ".".join([name, *reversed(names)])
            case _:
                return ""  # a part of something that has no name
        node = inner


def _call(node: ast.Call | ast.Dict, label: str) -> Call:
    if isinstance(node, ast.Dict):
        keywords = {
            key.value: value
            for key, value in zip(node.keys, node.values, strict=True)
            if isinstance(key, ast.Constant) and isinstance(key.value, str)
        }
        return Call(_built(keywords), label, (), keywords, is_dict=True)
    keywords = {k.arg: k.value for k in node.keywords if k.arg is not None}
    name = _called(node.func)
    if name in ("dict", "update", _FRAGMENT):
        return Call(_built(keywords), label, (), keywords, is_dict=name != _FRAGMENT)
    return Call(name, label, tuple(node.args), keywords)


def _built(keywords: dict[str, ast.expr]) -> str:
    """The `type` of a dict, without the registry that it may name: `mmdet.AnchorGenerator`."""
    match keywords.get("type"):
        case ast.Constant(value=str(name)):
            return name.rpartition(".")[2]
        case ast.Name(id=name) | ast.Attribute(attr=name):  # mmengine's new style
            return name
    return ""


def _called(function: ast.expr) -> str:
    """`AnchorGenerator` for it, for `module.AnchorGenerator` and for `L(AnchorGenerator)`."""
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(args=[ast.Name() | ast.Attribute() as inner, *_]):
            return _called(inner)
    return ""


def dotted(settings: Iterable[tuple[str, str]]) -> PythonText:
    """`NAME VALUE` pairs of a command line, as if each were assigned in Python.

    Raises:
        UserError: a value is not Python.
    """
    python = PythonText()
    parts = dict[str, dict[str, ast.expr]]()
    for path, written in settings:
        try:
            value = ast.parse(written.strip() or "None", mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise UserError(
                "The value of {name} is {value}, which is not valid Python: check its brackets "
                "and commas.",
                name=path,
                value=shown(written),
            ) from error
        holder, _, last = path.rpartition(".")
        python.names[path] = [value]
        parts.setdefault(holder, {})[last] = value
    python.calls = [Call("", holder, (), values) for holder, values in parts.items()]
    return python
