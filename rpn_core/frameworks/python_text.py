"""Literals and calls in a pasted piece of Python: read from its syntax tree, never run."""

from __future__ import annotations

import ast
import operator
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from rpn_core.errors import UserError
from rpn_core.frameworks.pasted import MAX_WRITTEN, is_number, shown
from rpn_core.messages import Message, msg

_FRAGMENT = "_"  # name of the call that is put around bare keyword arguments
_ARITHMETIC: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


@dataclass(frozen=True, slots=True)
class Call:
    """A call, or a dict, with the arguments that could be read.

    Attributes:
        name: of what is called, without its module; `dict` for a dict.
        arguments: of the call by position.
        keywords: by name; a value that is no literal is an `ast.AST`, see `literal`.
    """

    name: str
    arguments: tuple[ast.expr, ...]
    keywords: dict[str, ast.expr]


@dataclass(frozen=True, slots=True)
class PythonText:
    """The calls of a text, outermost first, and the names that it assigns."""

    calls: tuple[Call, ...]
    names: dict[str, ast.expr]

    def literal(self, name: str, node: ast.expr) -> Any:
        """The value of an expression of numbers, strings, lists and assigned names.

        Also `(0.5, 1) * 5`, `len(sizes)`, arithmetic, and a list comprehension over a list.

        Raises:
            UserError: it is something else.
        """
        try:
            return _Reader(self.names).value(node, {})
        except (_Unreadable, RecursionError, ArithmeticError, TypeError, ValueError) as error:
            raise UserError(_unread(name, node)) from error


class _Unreadable(Exception):
    """An expression is no literal."""


def parse_python(text: str) -> PythonText:
    """Read a snippet, a whole file, or bare keyword arguments.

    Raises:
        UserError: it is not Python.
    """
    trees: list[ast.AST] = []
    plain = textwrap.dedent(text).strip()
    for source in (f"{_FRAGMENT}(\n{plain}\n)", plain):
        try:
            trees.append(ast.parse(source))
            break
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            problem = error
    else:
        line = getattr(problem, "lineno", None)
        if not line:
            raise UserError(
                "The text is not valid Python: check its brackets and commas."
            ) from problem
        raise UserError(
            "The text is not valid Python (line {line}): check its brackets and commas.", line=line
        ) from problem
    calls, names = list[Call](), dict[str, ast.expr]()
    for node in ast.walk(trees[0]):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {t.id: node.value for t in targets if isinstance(t, ast.Name)}
            names |= {t.attr: node.value for t in targets if _is_cell_anchors(t)}
        elif isinstance(node, ast.Call):
            keywords = {k.arg: k.value for k in node.keywords if k.arg is not None}
            calls.append(Call(_called(node.func), tuple(node.args), keywords))
            names = keywords | names
        elif isinstance(node, ast.Dict):
            keywords = {
                key.value: value
                for key, value in zip(node.keys, node.values, strict=True)
                if isinstance(key, ast.Constant) and isinstance(key.value, str)
            }
            calls.append(Call("dict", (), keywords))
    return PythonText(tuple(calls), names)


def _is_cell_anchors(target: ast.expr) -> TypeGuard[ast.Attribute]:
    """`generator.cell_anchors = ...`, the one attribute that changes what a generator lays."""
    return isinstance(target, ast.Attribute) and target.attr == "cell_anchors"


def _called(function: ast.expr) -> str:
    """`AnchorGenerator` for it, for `module.AnchorGenerator` and for `L(AnchorGenerator)`."""
    if isinstance(function, ast.Name):
        return function.id
    if isinstance(function, ast.Attribute):
        return function.attr
    if isinstance(function, ast.Call) and function.args:
        inner = function.args[0]
        return _called(inner) if isinstance(inner, ast.Name | ast.Attribute) else ""
    return ""


def _unread(name: str, node: ast.expr) -> Message:
    try:
        source = shown(ast.unparse(node))
    except RecursionError:
        return msg(
            "{name} is nested too deep, which cannot be read without running it: write its "
            "numbers out.",
            name=name,
        )
    return msg(
        "{name} is {source}, which cannot be read without running it: write its numbers out.",
        name=name,
        source=source,
    )


@dataclass(slots=True)
class _Reader:
    """Evaluates literals; `budget` bounds what names that use each other can cost."""

    names: Mapping[str, ast.expr]
    budget: int = 10_000

    def value(self, node: ast.expr, bound: Mapping[str, Any]) -> Any:
        """`bound` holds the values of loop variables."""
        self.budget -= 1
        if self.budget < 0:
            raise _Unreadable
        match node:
            case ast.Constant(value=constant) if is_number(constant) or isinstance(constant, str):
                return constant
            case ast.Constant(value=None | True | False as constant):
                return constant
            case ast.Name(id=name) if name in bound:
                return bound[name]
            case ast.Name(id=name) if name in self.names:
                return self.value(self.names[name], {})
            case ast.Tuple(elts=parts) | ast.List(elts=parts) if len(parts) <= MAX_WRITTEN:
                return tuple(self.value(part, bound) for part in parts)
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return -_number(self.value(inner, bound))
            case ast.Call(func=ast.Attribute(attr="tensor" | "Tensor"), args=[inner]):
                return self.value(inner, bound)
            case ast.Call(func=ast.Attribute(attr="zeros"), args=[ast.Constant(value=0), _]):
                return ()
            case ast.Call(func=ast.Name(id="len"), args=[inner], keywords=[]):
                return len(self.value(inner, bound))
            case ast.Call(func=ast.Name(id="tuple" | "list"), args=[inner], keywords=[]):
                return tuple(self.value(inner, bound))
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
                return _arithmetic(type(op), self.value(left, bound), self.value(right, bound))
            case ast.ListComp(elt=each, generators=[loop]) if _is_plain(loop):
                return self._loop(each, loop, bound)
            case ast.GeneratorExp(elt=each, generators=[loop]) if _is_plain(loop):
                return self._loop(each, loop, bound)
        raise _Unreadable

    def _loop(
        self, each: ast.expr, loop: ast.comprehension, bound: Mapping[str, Any]
    ) -> tuple[Any, ...]:
        assert isinstance(loop.target, ast.Name)
        over = self.value(loop.iter, bound)
        if not isinstance(over, tuple):
            raise _Unreadable
        return tuple(self.value(each, {**bound, loop.target.id: item}) for item in over)


def _is_plain(loop: ast.comprehension) -> bool:
    return isinstance(loop.target, ast.Name) and not loop.ifs


def _number(value: object) -> float:
    if not is_number(value):
        raise _Unreadable
    assert isinstance(value, int | float)
    return value


def _arithmetic(op: type[ast.operator], left: Any, right: Any) -> Any:
    if op is ast.Mult and isinstance(left, tuple) and isinstance(right, int):
        if len(left) * right > MAX_WRITTEN:
            raise _Unreadable
        return left * right
    if op is ast.Add and isinstance(left, tuple) and isinstance(right, tuple):
        if len(left) + len(right) > MAX_WRITTEN:
            raise _Unreadable
        return left + right
    # In floats a power costs nothing; whole results stay whole numbers.
    result = _ARITHMETIC[op](float(_number(left)), float(_number(right)))
    return _number(int(result) if result == int(result) else result)
