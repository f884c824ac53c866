"""Which file a name of the labels means: by its name, else by the end of its path."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

_MAX_DEPTH = 12  # folders of a path that are compared


@dataclass(frozen=True, slots=True, order=True)
class Fit:
    """How well a file fits a name; the greater the better.

    Attributes:
        exact: the name is the file's path, letter by letter.
        agrees: one of the two paths is the end of the other; otherwise they lie in folders of
            different names, and only the end of their paths is the same.
        depth: how many parts of the paths are the same, from the end.
    """

    exact: bool
    agrees: bool
    depth: int


class PathIndex:
    """Paths of files, found by the ends of other paths.

    Args:
        names: of the files.
        parts_of: cuts a path as `path_parts` does.
    """

    def __init__(self, names: Iterable[str], parts_of: Callable[[str], tuple[str, ...]]) -> None:
        self._parts: dict[str, tuple[str, ...]] = {}
        self._whole: dict[str, str | None] = {}
        self._by_end: dict[str, str | None] = {}
        self._folders: set[str] = set()
        self._folder_ends: set[str] = set()
        for name in names:
            parts = self._parts[name] = parts_of(name)[-_MAX_DEPTH:]
            ends = _ends_of(parts)
            if ends:
                self._whole[ends[0]] = None if ends[0] in self._whole else name
            for end in ends:
                self._by_end[end] = None if end in self._by_end else name
            for depth in range(len(parts) - 1, 0, -1):
                folder = "/".join(parts[:depth])
                if folder in self._folders:
                    break
                self._folders.add(folder)
                self._folder_ends |= set(_ends_of(parts[:depth]))

    def find(self, parts: tuple[str, ...]) -> tuple[str, Fit] | None:
        """The file that shares the longest end with a path; None where none or several do.

        Of several with the same end one whose whole path that is comes first. A path whose folder
        is there means no file outside of that folder.
        """
        kept = parts[-_MAX_DEPTH:]
        for place, end in enumerate(_ends_of(kept)):
            if end not in self._by_end:
                continue
            whole = self._whole.get(end)
            name = whole or self._by_end[end]
            agrees = place == 0 or whole is not None
            if name is None or self._contradicts(kept[:-1], name, agrees):
                return None
            return name, Fit(False, agrees, len(kept) - place)
        return None

    def _contradicts(self, folders: tuple[str, ...], name: str, agrees: bool) -> bool:
        """Whether the folder that a path names is there, and a file lies outside of it."""
        ends = _ends_of(folders)
        own = next((end for end in ends if end in self._folder_ends), None)
        if own is None or (agrees and own != ends[0] and own not in self._folders):
            return False
        above = self._parts[name][:-1]
        return not any(
            f"/{'/'.join(above[:depth])}".endswith(f"/{own}") for depth in range(1, len(above) + 1)
        )


@dataclass(frozen=True, slots=True)
class Meant:
    """What the names of a data set mean.

    Attributes:
        files: name -> file, or None where it is not there.
        shared: names that mean a file which another name means too, and may not have it -> file.
        elsewhere: names whose file lies in a folder of another name -> file.
    """

    files: dict[str, str | None]
    shared: dict[str, str]
    elsewhere: dict[str, str]


def meant_by(names: Iterable[str], find: Callable[[str], tuple[str, Fit] | None]) -> Meant:
    """Give each name its file, and no file to two names.

    The name that fits a file best has it; where two fit as well, neither: there is no telling
    whose boxes belong on it.

    >>> index = PathIndex(["train/1.jpg"], path_parts)
    >>> meant_by(["train/1.jpg", "val/1.jpg"], lambda name: index.find(path_parts(name))).files
    {'train/1.jpg': 'train/1.jpg', 'val/1.jpg': None}
    """
    found = {name: find(name) for name in names}
    claims: dict[str, list[tuple[Fit, str]]] = {}
    for name, one in found.items():
        if one is not None:
            claims.setdefault(one[0], []).append((one[1], name))
    meant: dict[str, str | None] = dict.fromkeys(found)
    shared: dict[str, str] = {}
    elsewhere: dict[str, str] = {}
    for file, claimants in claims.items():
        best = max(fit for fit, _ in claimants)
        has_it = sum(fit == best for fit, _ in claimants) == 1
        for fit, name in claimants:
            if not has_it or fit != best:
                shared[name] = file
                continue
            meant[name] = file
            if not fit.agrees:
                elsewhere[name] = file
    return Meant(meant, shared, elsewhere)


def path_parts(name: str) -> tuple[str, ...]:
    """A path as labels spell it, cut at both kinds of slash, so that spellings compare equal.

    Composed and decomposed accents and upper and lower case are taken for the same: a zip made on
    macOS and labels written on Windows mean the same file. Of an address its path counts.

    >>> path_parts("C:\\\\set\\\\A.jpg"), path_parts("https://example.org/set/a%20b.jpg?s=1")
    (('c:', 'set', 'a.jpg'), ('set', 'a b.jpg'))
    """
    if "://" in name:
        with suppress(ValueError):
            name = unquote(urlsplit(name).path, errors="strict")
    spelt = unicodedata.normalize("NFC", name.replace("\\", "/")).casefold()
    return tuple(part for part in spelt.split("/") if part not in ("", ".", ".."))


def other_spellings(name: str) -> list[str]:
    """A name with its %20 and the like as characters, and its spaces and the like as %20.

    >>> other_spellings("a%20b.jpg"), other_spellings("a b.jpg")
    (['a b.jpg', 'a%2520b.jpg'], ['a%20b.jpg'])
    """
    try:
        spelt = [unquote(name, errors="strict"), quote(name, safe="/\\:")]
    except ValueError:
        return []
    return [one for one in spelt if one != name]


def _ends_of(parts: tuple[str, ...]) -> list[str]:
    """From the longest on: `a/b/c`, `b/c`, `c`."""
    return ["/".join(parts[place:]) for place in range(len(parts))]
