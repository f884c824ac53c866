"""What a format of labels is: how its files are told from others, and how they are read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from rpn_core.labels.finding import Findings
from rpn_core.labels.label_set import LabelSet
from rpn_core.labels.stores.image_source import ImageSource
from rpn_core.labels.stores.text import Utf8Files
from rpn_core.messages import Message
from rpn_core.progress import Progress


@dataclass(frozen=True, eq=False, slots=True)
class ReadLabels:
    """What a reader makes of the files of one format.

    Attributes:
        labels: every box that can be told, right or wrong.
        remarks: what could not be told, or had to be decided.
    """

    labels: LabelSet
    remarks: tuple[Findings, ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class Texts:
    """A data set's files that are no images: among them are those with the boxes.

    Attributes:
        files: where they lie, each read as UTF-8.
        names: of them, sorted.
        endings: of each, in lower case with the dot; of a single file the one that its bytes ask
            for, whatever it is called.
        images: the images, which may lie elsewhere.
        seen: name -> what looking into a file told, so that every format need not look again.
        named: which of them was asked for, where it stands for the others; "" for none.
    """

    files: Utf8Files
    names: tuple[str, ...]
    endings: tuple[str, ...]
    images: ImageSource
    seen: dict[str, str] = field(default_factory=dict)
    named: str = ""

    def strictly(self) -> Texts:
        """The same for those who read the files, not only look what they are."""
        return replace(self, files=self.files.strictly())

    def ending_in(self, *endings: str) -> list[str]:
        """The names that have one of these endings."""
        return [
            name for name, ending in zip(self.names, self.endings, strict=True) if ending in endings
        ]


def _none(texts: Texts) -> Sequence[str]:
    return ()


@dataclass(frozen=True, eq=False, slots=True)
class Format:
    """One way to write boxes down; `labels.formats.table` lists them all.

    Attributes:
        key: in commands; never changes.
        title: for people.
        wanted: what to give, for a sentence that asks for it.
        endings: of the files that belong to it.
        find: which of the files hold its boxes; none where the data set is of another format.
        suspect: where nothing is found in any format, the files that may be meant as this one;
            `read` then says what is wrong with them.
        read: the boxes of the files that it found, in pixels of the original images; nothing is
            mended. Raises UserError where they are not what they seemed.
    """

    key: str
    title: Message
    wanted: Message
    endings: tuple[str, ...]
    find: Callable[[Texts], Sequence[str]]
    read: Callable[[Texts, Sequence[str], Progress], ReadLabels]
    suspect: Callable[[Texts], Sequence[str]] = _none
