"""The mappings of a pasted yaml file, with the lines and comments that stand beside its lists.

Tags are never obeyed. `!!python/tuple` is a list, the text of `!!python/object/apply:eval` is kept
for `evaluate`, which walks it; any other tag is named where its value would be read.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

import yaml

from rpn_core.errors import UserError
from rpn_core.frameworks.pasted import shown
from rpn_core.frameworks.python_text import parse_python

_YAML = "tag:yaml.org,2002:"
_LISTS = {f"{_YAML}seq", f"{_YAML}python/tuple"}
_EVAL = {f"{_YAML}python/object/apply:{name}" for name in ("eval", "builtins.eval")}
_VALUE = "value"


@dataclass(frozen=True, slots=True)
class Mapping:
    """One mapping of the file.

    Attributes:
        path: the keys that lead to it, with dots.
        values: by key; keys that are no text are spelt.
        nodes: the same as yaml's own nodes, which know their lines.
    """

    path: str
    values: dict[str, Any]
    nodes: dict[str, yaml.Node]


class _Tagged:
    """A value whose tag would have to be obeyed."""

    def __init__(self, tag: str) -> None:
        self.tag = tag

    def __repr__(self) -> str:
        return self.tag


MAX_DEPTH = 100
_BRACKETS = {"[": 1, "{": 1, "]": -1, "}": -1}


def looks_like_yaml(text: str) -> bool:
    """Whether lines start with `key:` more often than they look like Python.

    >>> looks_like_yaml("MODEL:\\n  NAME: x\\n  SIZES: [[32"), looks_like_yaml("f(a={1: 2},")
    (True, False)
    """
    lines = [line for line in text.splitlines() if line.partition("#")[0].strip()]
    keys = sum(bool(re.match(r"\s*(- )?[\"']?[\w.]+[\"']?\s*:(\s|$)", line)) for line in lines)
    python = sum(
        bool(re.match(r"\s*[\w.\[\]\"']+\s*[-+*]?=|\s*(def|class|for|if|else|with)\b", line))
        or line.rstrip().endswith("(")
        for line in lines
    )
    return keys > python


def mappings(text: str) -> list[Mapping]:
    """Every mapping of a yaml file, outermost first; [] where the text is one list or word.

    Raises:
        UserError: it is not valid yaml, with its line; or it is too entangled to be walked.
    """
    loader = None
    try:
        if _depth(text) > MAX_DEPTH:  # PyYAML's time grows with its square
            raise RecursionError
        loader = yaml.SafeLoader(text)
        root = loader.get_single_node()
        build = _Builder(loader)
        return [
            Mapping(path, {key: build.value(node) for key, node in nodes.items()}, nodes)
            for path, nodes in _walk(root)
        ]
    except yaml.MarkedYAMLError as error:
        raise _invalid(error) from error
    # PyYAML leaks a dozen kinds of exception on broken scalars and keys, beside its own.
    except (yaml.YAMLError, ValueError, TypeError, LookupError, AttributeError, RecursionError,
            OverflowError) as error:  # fmt: skip
        raise UserError(
            "The text is not valid YAML: check its indentation, brackets and colons."
        ) from error
    finally:
        if loader is not None:
            loader.dispose()


@dataclass(slots=True)
class _Builder:
    """Values of nodes, each made once: aliases of aliases cost nothing."""

    loader: yaml.SafeLoader
    made: dict[int, Any] = field(default_factory=dict)

    def value(self, node: yaml.Node) -> Any:
        if id(node) in self.made:
            return self.made[id(node)]
        if isinstance(node, yaml.SequenceNode) and node.tag in _LISTS:
            made = self.made[id(node)] = list[Any]()
            made += map(self.value, node.value)
            return made
        if isinstance(node, yaml.MappingNode) and node.tag == f"{_YAML}map":
            keyed = self.made[id(node)] = dict[str, Any]()
            keyed |= {key: self.value(value) for key, value in _entries(node).items()}
            return keyed
        if node.tag in _EVAL and isinstance(node, yaml.SequenceNode):
            match node.value:  # what it would evaluate, as a text
                case [yaml.ScalarNode(value=spelt)]:
                    return spelt
        if isinstance(node, yaml.ScalarNode) and node.tag in yaml.SafeLoader.yaml_constructors:
            return self.loader.construct_object(node)
        return _Tagged(node.tag.replace(_YAML, "!!"))


def _depth(text: str) -> int:
    """How many brackets are open at once, at most."""
    return max(accumulate(_BRACKETS.get(letter, 0) for letter in text), default=0)


def _invalid(error: yaml.MarkedYAMLError) -> UserError:
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return UserError("The text is not valid YAML: check its indentation, brackets and colons.")
    return UserError(
        "The text is not valid YAML (line {line}): check its indentation, brackets and colons.",
        line=mark.line + 1,
    )


def _entries(node: yaml.MappingNode) -> dict[str, yaml.Node]:
    return {key.value: value for key, value in node.value if isinstance(key, yaml.ScalarNode)}


def _walk(root: yaml.Node | None) -> Iterator[tuple[str, dict[str, yaml.Node]]]:
    """Each mapping once, however often an alias repeats it."""
    ahead, seen = deque([("", root)]), set[int]()
    while ahead:
        path, node = ahead.popleft()
        if id(node) in seen or not isinstance(node, yaml.SequenceNode | yaml.MappingNode):
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            ahead += [(path, part) for part in node.value]
            continue
        nodes = _entries(node)
        yield path, nodes
        ahead += [(f"{path}.{key}" if path else key, value) for key, value in nodes.items()]


def decoded(name: str, value: Any) -> Any:
    """The value of an entry: a text means the Python that it spells, as yacs and eval take it.

    Raises:
        UserError: it has a tag, or spells no numbers.
    """
    if isinstance(value, _Tagged):
        raise UserError(
            "{name} has the tag {tag}, which would run Python and is not obeyed: write its "
            "numbers out.",
            name=name,
            tag=shown(value),
        )
    if not isinstance(value, str):
        return value
    python = parse_python(f"{_VALUE}=(\n{value.strip()}\n)")
    nodes = python.last()
    if _VALUE not in nodes:
        raise UserError(
            "{name} is not a list of numbers: write it like {example}.",
            name=name,
            example="[[32], [64]]",
        )
    return python.literal(name, nodes[_VALUE])


def comments(text: str, node: yaml.Node) -> list[str]:
    """For each entry of a list: the comment at its end, or else on the line above it.

    An entry that shares its line with others has none.
    """
    lines = [*text.splitlines(), ""]  # a mark may stand after the last
    entries = node.value if isinstance(node, yaml.SequenceNode) else []
    ends = [_end(entry) for entry in entries]
    found = list[str]()
    for number, (entry, end) in enumerate(zip(entries, ends, strict=True)):
        first = entry.start_mark.line
        shares = (number > 0 and ends[number - 1].line >= first) or (
            number + 1 < len(entries) and entries[number + 1].start_mark.line <= end.line
        )
        rest = lines[min(end.line, len(lines) - 1)][end.column :]
        comment = "" if shares else rest.partition("#")[2]
        above = lines[min(first, len(lines)) - 1].strip() if first else ""
        if not comment and not shares and above.startswith("#"):
            comment = above[1:]
        found.append(comment)
    return found


def _end(node: yaml.Node) -> yaml.Mark:
    """Where the last thing of a node ends: of a block's own mark, the next line begins there."""
    while isinstance(node, yaml.SequenceNode) and not node.flow_style and node.value:
        node = node.value[-1]
    return node.end_mark
