"""The names of the categories, from YOLO's data.yaml or classes.txt."""

from __future__ import annotations

from typing import Any

import yaml

from rpn_core.errors import UserError
from rpn_core.messages import msg

MAX_YAML_BYTES = 96 << 10  # LVIS' 1,203 names need 40 KB; a hostile one takes seconds
_MAX_NAMES = 100_000


class _PlainLoader(yaml.SafeLoader):
    """Safe YAML without aliases, of which a few lines can be made to stand for millions."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError(msg("an alias"))
        return super().compose_node(parent, index)


def names_of_yaml(data: bytes, shown: str) -> dict[int, str] | None:
    """Read `names` of a data.yaml: a list, or a mapping from the class's number.

    The paths in it (`path`, `train`, `val`) are not followed: labels are read from the files that
    came.

    Returns:
        number -> name; None where the file has no `names`, so that it is no data.yaml.
    Raises:
        UserError: it is not plain YAML (tags that make Python objects and aliases included).
    """
    try:
        document = yaml.load(data.decode(), Loader=_PlainLoader)
    except (yaml.YAMLError, ValueError, RecursionError, TypeError) as error:
        reason = getattr(error, "problem", None) or str(error)
        raise UserError(
            "{file} is not plain YAML ({reason}): write names as a simple list, without tags and "
            "aliases.",
            file=shown,
            reason=" ".join(str(reason).split())[:100],
        ) from None
    if not isinstance(document, dict) or "names" not in document:
        return None
    names = document["names"]
    if isinstance(names, list):
        names = dict(enumerate(names))
    if not isinstance(names, dict) or len(names) > _MAX_NAMES:
        raise _bad_names(shown)
    try:
        return {int(number): _text(name) for number, name in names.items()}
    except (ValueError, TypeError, OverflowError):
        raise _bad_names(shown) from None


def _text(name: object) -> str:
    """A name as text; YAML's escapes can make characters that no file can hold."""
    return str(name)[:200].encode("utf-8", "replace").decode()


def _bad_names(shown: str) -> UserError:
    return UserError(
        "names in {file} is neither a list nor a mapping from class numbers: write "
        "names: [cat, dog], in the order of the class numbers.",
        file=shown,
    )


def names_of_text(data: bytes) -> dict[int, str]:
    """Read a classes.txt: one name per line."""
    lines = data.decode().splitlines()
    return dict(enumerate(line.strip()[:200] for line in lines[:_MAX_NAMES] if line.strip()))
