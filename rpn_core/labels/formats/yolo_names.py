"""What YOLO's data.yaml and classes.txt say: names of the categories, places of the images."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml

from rpn_core.errors import UserError
from rpn_core.messages import msg

MAX_YAML_BYTES = 96 << 10  # LVIS' 1,203 names need 40 KB; a hostile one takes seconds
_MAX_NAMES = 100_000
_MAX_KEYPOINTS = 10_000
_SPLITS = ("train", "val", "test", "minival", "valid")  # as ultralytics reads them, and a slip
# A file without it is another tool's, and what is wrong with that is none of ours.
_HAS_NAMES = re.compile(rb"^\W*(?:names|nc)\W*:", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class DataYaml:
    """A data.yaml.

    Attributes:
        names: number of a class -> its name; None where only their number is said.
        path: the folder that the others are below, as it is written; "" where it is not.
        splits: (key, value) of each place of images, as it is written: a folder, a list of images,
            or a file that lists them.
        kpt_shape: number of keypoints, and of numbers each, where the boxes have keypoints.
    """

    names: dict[int, str] | None
    path: str = ""
    splits: tuple[tuple[str, str], ...] = ()
    kpt_shape: tuple[int, int] | None = None


class _PlainLoader(yaml.SafeLoader):
    """Safe YAML without aliases, of which a few lines can be made to stand for millions."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError(msg("an alias"))
        return super().compose_node(parent, index)


def read_data_yaml(data: bytes, shown: str) -> DataYaml | None:
    """Read a data.yaml; of a file with neither `names` nor `nc`, which is another one, None.

    Raises:
        UserError: it is not plain YAML (tags that make Python objects and aliases included).
    """
    if not _HAS_NAMES.search(data) and not data.lstrip().startswith(
        (b"{", b"\xff\xfe", b"\xfe\xff")
    ):
        return None
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
    if not isinstance(document, dict):
        return None
    if "names" not in document:
        if "nc" not in document or not _splits(document):
            return None
        return DataYaml(None, _path(document), _splits(document), _kpt_shape(document, shown))
    names = document["names"]
    if isinstance(names, list):
        names = dict(enumerate(names))
    if not isinstance(names, dict) or len(names) > _MAX_NAMES:
        raise _bad_names(shown)
    try:
        numbered = {int(number): _text(name) for number, name in names.items()}
    except (ValueError, TypeError, OverflowError):
        raise _bad_names(shown) from None
    return DataYaml(numbered, _path(document), _splits(document), _kpt_shape(document, shown))


def _path(document: dict[Any, Any]) -> str:
    path = document.get("path")
    return _text(path, 4096) if isinstance(path, str) else ""


def _splits(document: dict[Any, Any]) -> tuple[tuple[str, str], ...]:
    found = []
    for key in _SPLITS:
        value = document.get(key)
        found += [
            (key, _text(one.strip(), 4096))
            for one in (value if isinstance(value, list) else [value])
            if isinstance(one, str) and one.strip()
        ]
    return tuple(found)


def _kpt_shape(document: dict[Any, Any], shown: str) -> tuple[int, int] | None:
    shape = document.get("kpt_shape")
    if shape is None:
        return None
    if (
        isinstance(shape, list)
        and len(shape) == 2
        and all(isinstance(one, int) and not isinstance(one, bool) for one in shape)
        and 0 < shape[0] <= _MAX_KEYPOINTS
        and shape[1] in (2, 3)
    ):
        return shape[0], shape[1]
    raise UserError(
        "kpt_shape in {file} is no number of keypoints with 2 or 3 numbers each: write it as "
        "kpt_shape: [17, 3].",
        file=shown,
    )


def _text(name: object, most: int = 200) -> str:
    """A name as text; YAML's escapes can make characters that no file can hold."""
    return str(name)[:most].encode("utf-8", "replace").decode()


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
