"""The value of an expression of numbers and lists, found by walking its syntax tree.

Nothing is executed: each kind of node is computed here or refused, and a few functions of numbers
(`int`, `round`, `sqrt`, `np.array` ...) stand in a table. Steps, lengths and numbers are bounded.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rpn_core.errors import UserError
from rpn_core.frameworks.pasted import MAX_WRITTEN, is_number, shown
from rpn_core.messages import Message, msg

STEPS = 10_000
_ARITHMETIC: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_MODULES = {"math", "np", "numpy", "torch"}
Lookup = Callable[[ast.expr], ast.expr | None]


class Array(tuple[Any, ...]):
    """A tuple that multiplies number by number, as numpy's arrays do, and not by repeating."""


class _Unreadable(Exception):
    """An expression has no value here; with the reason, where there is one worth a sentence."""

    def __init__(self, reason: Message | None = None) -> None:
        super().__init__()
        self.reason = reason


def evaluate(name: str, node: ast.expr, lookup: Lookup) -> Any:
    """The value of a node: a number, string, bool, None, or nested tuples of them.

    Args:
        name: of what is read, for sentences.
        lookup: what the text assigns to a name, or None.
    Raises:
        UserError: it is no such expression, or has no such value.
    """
    try:
        return _Reader(lookup).value(node, {})
    except _Unreadable as error:
        raise UserError(_told(name, node, error.reason)) from error
    except ZeroDivisionError as error:
        raise UserError(_told(name, node, msg("it divides by zero"))) from error
    except OverflowError as error:
        raise UserError(_told(name, node, _TOO_LARGE)) from error
    except RecursionError as error:
        raise UserError(_told(name, node, msg("it is nested too deep"))) from error
    except (ArithmeticError, TypeError, ValueError, IndexError) as error:
        raise UserError(_told(name, node, None)) from error


_TOO_LARGE = msg("it makes a number that is too large")
_TOO_LONG = msg("it makes a list of more than {most} entries", most=MAX_WRITTEN)
_TOO_MANY_STEPS = msg("it takes more than {most:,} steps", most=STEPS)


def _told(name: str, node: ast.expr, reason: Message | None) -> Message:
    try:
        source = shown(ast.unparse(node))
    except RecursionError:
        return msg(
            "{name} is nested too deep, which cannot be read without running it: write its "
            "numbers out.",
            name=name,
        )
    if reason is not None:
        return msg(
            "{name} is {source}, which cannot be read: {reason}. Write its numbers out.",
            name=name,
            source=source,
            reason=reason,
        )
    return msg(
        "{name} is {source}, which cannot be read without running it: write its numbers out.",
        name=name,
        source=source,
    )


@dataclass(slots=True)
class _Reader:
    """Evaluates.

    Attributes:
        budget: steps left, which bounds what names that use each other can cost.
        open: the values of names that are being read.
    """

    lookup: Lookup
    budget: int = STEPS
    open: set[int] = field(default_factory=set)

    def value(self, node: ast.expr, bound: Mapping[str, Any]) -> Any:
        """`bound` holds the values of loop variables."""
        self._spend()
        match node:
            case ast.Constant(value=constant) if is_number(constant) or isinstance(constant, str):
                return constant
            case ast.Constant(value=None | True | False as constant):
                return constant
            case ast.Name(id=name) if name in bound:
                return bound[name]
            case ast.Name() | ast.Attribute():
                return self._assigned(node)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                return self._parts(parts, bound)
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return self._each(operator.sub, 0, self.value(inner, bound))
            case ast.UnaryOp(op=ast.UAdd(), operand=inner):
                return self.value(inner, bound)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
                return self._arithmetic(type(op), self.value(left, bound), self.value(right, bound))
            case (
                ast.ListComp(elt=each, generators=loops)
                | ast.GeneratorExp(elt=each, generators=loops)
            ):
                return self._loops(each, loops, bound)
            case ast.Subscript(value=whole, slice=at):
                return self._part(self.value(whole, bound), at, bound)
            case ast.Call(func=ast.Attribute(value=whole, attr="tolist"), args=[], keywords=[]):
                return self._plain(self.value(whole, bound))
            case ast.Call(func=function, args=arguments, keywords=[]):
                return self._call(function, arguments, bound)
        raise _Unreadable

    def _spend(self) -> None:
        self.budget -= 1
        if self.budget < 0:
            raise _Unreadable(_TOO_MANY_STEPS)

    def _assigned(self, node: ast.expr) -> Any:
        value = self.lookup(node)
        if value is not None and id(value) in self.open:
            raise _Unreadable  # it is made of itself
        if value is not None:
            self.open.add(id(value))
            found = self.value(value, {})
            self.open.discard(id(value))
            return found
        raise _Unreadable(msg("the text does not say what {name} is", name=shown_source(node)))

    def _parts(self, parts: list[ast.expr], bound: Mapping[str, Any]) -> tuple[Any, ...]:
        values = list[Any]()
        for part in parts:
            if isinstance(part, ast.Starred):
                values += _sequence(self.value(part.value, bound))
            else:
                values.append(self.value(part, bound))
            if len(values) > MAX_WRITTEN:
                raise _Unreadable(_TOO_LONG)
        return tuple(values)

    def _loops(
        self, each: ast.expr, loops: list[ast.comprehension], bound: Mapping[str, Any]
    ) -> tuple[Any, ...]:
        if not loops:
            return (self.value(each, bound),)
        first, rest = loops[0], loops[1:]
        if first.ifs or first.is_async:
            raise _Unreadable
        values = list[Any]()
        for item in _sequence(self.value(first.iter, bound)):
            values += self._loops(each, rest, {**bound, **_targets(first.target, item)})
            if len(values) > MAX_WRITTEN:
                raise _Unreadable(_TOO_LONG)
        return tuple(values)

    def _part(self, whole: Any, at: ast.expr, bound: Mapping[str, Any]) -> Any:
        whole = _sequence(whole)
        if isinstance(at, ast.Slice):
            ends = [
                None if end is None else _whole(self.value(end, bound))
                for end in (at.lower, at.upper, at.step)
            ]
            return type(whole)(whole[slice(*ends)])
        return whole[_whole(self.value(at, bound))]

    def _call(self, function: ast.expr, arguments: list[ast.expr], bound: Mapping[str, Any]) -> Any:
        match function:
            case ast.Name(id=name):
                pass
            case ast.Attribute(value=ast.Name(id=module), attr=name) if module in _MODULES:
                pass
            case _:
                raise _Unreadable
        values = [self.value(argument, bound) for argument in arguments]
        if name in _OF_LISTS:
            return _short(_OF_LISTS[name](*map(_sequence, values)))
        if name in _ARRAYS and len(values) == 1:
            return self._array(values[0])
        if name == "zeros" and values and values[0] == 0:
            return ()  # a level without anchors, as `torch.zeros(0, 4)`
        if name == "len" and len(values) == 1:
            return len(_sequence(values[0]))
        if name == "range":
            return _short(tuple(range(*map(_whole, values))[: MAX_WRITTEN + 1]))
        if name in ("min", "max", "sum") and len(values) == 1:
            values = list(_sequence(values[0]))
        if name == "sum":
            return _number(math.fsum(map(_number, values)))
        if name in _OF_NUMBERS:
            return _number(_OF_NUMBERS[name](*map(_number, values)))
        raise _Unreadable

    def _arithmetic(self, op: type[ast.operator], left: Any, right: Any) -> Any:
        if isinstance(left, Array) or isinstance(right, Array):
            return self._each(_ARITHMETIC[op], left, right)
        if op is ast.Mult and isinstance(right, tuple):
            left, right = right, left
        if op is ast.Mult and isinstance(left, tuple):
            if len(left) * _whole(right) > MAX_WRITTEN:
                raise _Unreadable(_TOO_LONG)
            return left * right
        if op is ast.Add and isinstance(left, tuple) and isinstance(right, tuple):
            return _short(left + right)
        return self._each(_ARITHMETIC[op], left, right)

    def _each(self, do: Callable[[float, float], float], left: Any, right: Any) -> Any:
        self._spend()
        if isinstance(left, Array) and isinstance(right, Array):
            pairs = zip(left, right, strict=True)
            return Array(self._each(do, one, other) for one, other in pairs)
        if isinstance(left, Array):
            return Array(self._each(do, one, right) for one in left)
        if isinstance(right, Array):
            return Array(self._each(do, left, other) for other in right)
        # In floats a power costs nothing; whole results stay whole numbers.
        result = do(float(_number(left)), float(_number(right)))
        return _tidy(_number(result))

    def _array(self, value: Any) -> Any:
        self._spend()
        return Array(map(self._array, value)) if isinstance(value, tuple) else value

    def _plain(self, value: Any) -> Any:
        self._spend()
        return tuple(map(self._plain, value)) if isinstance(value, tuple) else value


_ARRAYS = {"array", "asarray", "tensor", "Tensor"}
_OF_LISTS: dict[str, Callable[..., tuple[Any, ...]]] = {
    "tuple": lambda values=(): tuple(values),
    "list": lambda values=(): tuple(values),
    "sorted": lambda values: tuple(sorted(map(_number, values))),
    "reversed": lambda values: values[::-1],
    "zip": lambda *lists: tuple(zip(*lists, strict=False)),
    "enumerate": lambda values: tuple(enumerate(values)),
}
_OF_NUMBERS: dict[str, Callable[..., float]] = {
    "int": int,
    "float": float,
    "abs": abs,
    "round": lambda value, digits=0: _tidy(round(value, _whole(digits))),
    "min": min,
    "max": max,
    "sqrt": lambda value: _tidy(math.sqrt(value)),
    "floor": math.floor,
    "ceil": math.ceil,
    "pow": lambda base, power: _tidy(float(base) ** float(power)),
    "power": lambda base, power: _tidy(float(base) ** float(power)),
}


def shown_source(node: ast.expr) -> str:
    """The text of a name, as a person wrote it."""
    return ast.unparse(node)[:60]


def _targets(target: ast.expr, item: Any) -> dict[str, Any]:
    if isinstance(target, ast.Name):
        return {target.id: item}
    if isinstance(target, ast.Tuple):
        together = dict[str, Any]()
        for part, value in zip(target.elts, _sequence(item), strict=True):
            together |= _targets(part, value)
        return together
    raise _Unreadable


def _sequence(value: Any) -> tuple[Any, ...]:
    if not isinstance(value, tuple):
        raise _Unreadable
    return value


def _short(value: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(value) > MAX_WRITTEN:
        raise _Unreadable(_TOO_LONG)
    return value


def _number(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and not is_number(value):
        raise _Unreadable(_TOO_LARGE)
    if not is_number(value):
        raise _Unreadable
    assert isinstance(value, int | float)
    return value


def _whole(value: object) -> int:
    number = _number(value)
    if not isinstance(number, int):
        raise _Unreadable
    return number


def _tidy(number: float) -> float:
    return int(number) if number == int(number) else number
