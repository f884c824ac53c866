"""Modules of JavaScript joined into one script, so that a checkout needs neither node nor a build.

Each module stays a scope of its own, a function that hands out its exports, and stands after those
that it imports:

    // ---- stage/view.js
    const $stage_view = (() => {
    const { hold } = $stage_limits;
    ...
    return { placeView, panView };
    })();

Comments on lines of their own stay out: some are types for the checker, and all are for who reads
the files. What is understood is a subset of the language, in lines that start at the margin, and
anything else there is refused: `import { a, b as c } from "./x.js";` and, before a declaration,
`export function`, `export async function`, `export const`, `export class`, `export default function
name`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_IMPORT = re.compile(r'^import \{([^}]*)\} from "(\.[^"]*)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (default )?(?:const|class|(?:async )?function) (\w+)", re.MULTILINE)
_LEFT = re.compile(r"^(?:import|export)\b.*$", re.MULTILINE)
_COMMENT = re.compile(r"^[ \t]*(?://.*|/\*\*(?:[^*]|\*(?!/))*\*/)\n", re.MULTILINE)
_NAMED = re.compile(r"(\w+)(?: as (\w+))?")


@dataclass(frozen=True, slots=True)
class Module:
    """A module as it is written.

    Attributes:
        path: of its file.
        text: what stands in it.
        imports: each module that it imports -> {name there: name here}.
        exports: name to the outside -> name in the module; "default" is one of them.
    """

    path: Path
    text: str
    imports: dict[Path, dict[str, str]]
    exports: dict[str, str]


def read_module(path: Path) -> Module:
    """Read what a module imports and exports.

    Raises:
        ValueError: it says so in a way that is not understood here.
    """
    text = path.read_text("utf-8")
    imports: dict[Path, dict[str, str]] = {}
    for names, source in _IMPORT.findall(text):
        imports[(path.parent / source).resolve()] = _names(names)
    exports = {"default" if default else name: name for default, name in _EXPORT.findall(text)}
    left = _LEFT.search(_EXPORT.sub("", _IMPORT.sub("", text)))
    if left is not None:
        raise ValueError(f"{path.name} has a line that is not understood: {left[0]}")
    return Module(path, text, imports, exports)


def modules(entry: Path) -> tuple[Module, ...]:
    """The entry and all modules that it needs, each after those that it imports itself.

    Raises:
        ValueError: an import names what its module does not export, two modules have files of the
            same name, or a module is reached from itself.
        FileNotFoundError: an import names no file.
    """
    found: dict[Path, Module | None] = {}

    def visit(path: Path) -> None:
        if path in found:
            if found[path] is None:
                raise ValueError(f"{path.name} is reached from itself")
            return
        found[path] = None
        module = read_module(path)
        for needed, names in module.imports.items():
            visit(needed)
            _check_exports(module, found[needed], names)
        # Once more, at the end: a dict keeps the place of the first time.
        del found[path]
        found[path] = module

    visit(entry.resolve())
    ordered = tuple(module for module in found.values() if module is not None)
    _check_names(ordered)
    return ordered


def join(entry: Path) -> str:
    """All that a module needs, as one module with the same exports."""
    ordered = modules(entry)
    names = {module.path: _name(module.path) for module in ordered}
    scopes = [_scope(module, names) for module in ordered]
    last = ordered[-1]
    outside = [
        f"export default {names[last.path]}.default;"
        if name == "default"
        else f"export const {name} = {names[last.path]}.{name};"
        for name in last.exports
    ]
    # So an error names the script, which is one that the browser was handed and has no address.
    return "\n".join((*scopes, *outside, f"//# sourceURL={_title(last.path)}", ""))


def _scope(module: Module, names: Mapping[Path, str]) -> str:
    def taken(found: re.Match[str]) -> str:
        parts = (a if a == b else f"{a}: {b}" for a, b in _names(found[1]).items())
        return (
            f"const {{ {', '.join(parts)} }} = {names[(module.path.parent / found[2]).resolve()]};"
        )

    def bare(found: re.Match[str]) -> str:
        return re.sub(r"^export (default )?", "", found[0])

    body = _EXPORT.sub(bare, _IMPORT.sub(taken, _COMMENT.sub("", module.text)))
    body = re.sub(r"\n{3,}", "\n\n", body).strip()
    parts = (a if a == b else f"{a}: {b}" for a, b in module.exports.items())
    given = f"return {{ {', '.join(parts)} }};"
    scope = f"const {names[module.path]} = (() => {{\n{body}\n{given}\n}})();"
    return f"// ---- {_title(module.path)}\n{scope}\n"


def _names(text: str) -> dict[str, str]:
    """{name there: name here}.

    >>> _names(" fixed, number as written,")
    {'fixed': 'fixed', 'number': 'written'}
    """
    return {there: here or there for there, here in _NAMED.findall(text)}


def _title(path: Path) -> str:
    """By folder and file: several folders have a words.js."""
    return f"{path.parent.name}/{path.name}"


def _name(path: Path) -> str:
    """Of the constant that holds a module's exports.

    >>> _name(Path("canvas/js/objects/words.js"))
    '$objects_words'
    """
    return f"${path.parent.name}_{path.stem}"


def _check_exports(module: Module, source: Module | None, names: Mapping[str, str]) -> None:
    for name in names:
        if source is not None and name not in source.exports:
            raise ValueError(f"{module.path.name} imports {name}, which {source.path.name} lacks")


def _check_names(ordered: tuple[Module, ...]) -> None:
    first: dict[str, Path] = {}
    for module in ordered:
        other = first.setdefault(_name(module.path), module.path)
        if other != module.path:
            raise ValueError(f"{other} and {module.path} would have one name")
