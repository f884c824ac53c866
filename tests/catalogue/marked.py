"""The calls that mark a text for the catalogue, as they stand in Python source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from string import Formatter

ERRORS = (
    "SeveralFormats",
    "UserError",
    "FeaturesLost",
    "ScoresOutOfMemory",
    "NoScores",
    "SettingError",
)  # may carry a Message made elsewhere
SAID_AT_ONCE = ("tr", "ntr")
ONE_FORM = ("msg", "tr", *ERRORS)
TWO_FORMS = ("nmsg", "ntr")  # singular, plural, count=...
_LOOKS_LIKE_A_FACT = re.compile(r"\{[a-z_]+[!:}]")


@dataclass(frozen=True, slots=True)
class Marked:
    """One call that marks a text.

    Attributes:
        function: its name, e.g. "tr".
        line: where it stands.
        made_elsewhere: whether an error carries a message that is marked where it is made.
        templates: the positional arguments; None for what is no literal.
        facts: names of the keyword arguments; None for `**facts`.
    """

    function: str
    line: int
    made_elsewhere: bool
    templates: tuple[str | None, ...]
    facts: tuple[str | None, ...]


def is_marking(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and called(node) in (*ONE_FORM, *TWO_FORMS)


def called(call: ast.Call) -> str:
    """The last name of what is called: "metric" for `left.metric(...)`."""
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def marked(tree: ast.AST) -> Iterator[Marked]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and is_marking(node):
            yield Marked(
                called(node),
                node.lineno,
                called(node) in ERRORS and len(node.args) == 1 and _is_message(node.args[0]),
                tuple(_literal(argument) for argument in node.args),
                tuple(keyword.arg for keyword in node.keywords),
            )


def faults(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """(line, what is wrong) of each call that extraction cannot see, whose facts do not fit, or
    that is said before anybody's language is known."""
    for call in marked(tree):
        for fault in _faults(call):
            yield call.line, f"{call.function}: {fault}"
    for node in _done_at_import(tree):
        if isinstance(node, ast.Call) and called(node) in SAID_AT_ONCE:
            yield node.lineno, f"{called(node)}: at import it would be English for ever; use msg"


def _faults(call: Marked) -> Iterator[str]:
    forms = 2 if call.function in TWO_FORMS else 1
    if len(call.templates) != forms:
        yield f"takes {forms} template(s), then facts by name"
    elif None in call.templates:
        if not call.made_elsewhere or call.facts:
            yield "the template is not one literal"
    elif None in call.facts:
        yield "facts are given by **, so nobody can check them"
    else:
        given = {str(fact) for fact in call.facts}
        used: set[str] = set().union(*(_names(str(form), given) for form in call.templates))
        spare = {"count"} if call.function in TWO_FORMS else set()
        if not used <= given or used | spare != given | spare:
            yield f"the template names {sorted(used)}, but the facts are {sorted(given)}"


def _literal(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _is_message(node: ast.expr) -> bool:
    """Whether it may be a Message; that it is one and no string, its annotation says."""
    return isinstance(node, ast.Name | ast.Attribute | ast.Call)


def _names(template: str, given: set[str]) -> set[str]:
    """The facts that a template names; without any it is not formatted, so braces are literal."""
    if not given:
        return {fact.strip("{}!:") for fact in _LOOKS_LIKE_A_FACT.findall(template)}
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


def _done_at_import(tree: ast.Module | ast.ClassDef) -> Iterator[ast.AST]:
    """What is fixed when the module is imported: constants, decorators and defaults.

    What a script only calls at its top, it calls in every run of its page.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from (part for one in node.decorator_list for part in ast.walk(one))
            yield from ast.walk(node.args)
        elif isinstance(node, ast.ClassDef):
            yield from _constants(node)
    if isinstance(tree, ast.Module):
        yield from _constants(tree)


def _constants(body_of: ast.Module | ast.ClassDef) -> Iterator[ast.AST]:
    for statement in body_of.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
            yield from ast.walk(statement.value)
