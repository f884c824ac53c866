"""Formats in which one file holds the boxes of many images."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from rpn_core.errors import UserError
from rpn_core.labels.finding import Findings
from rpn_core.labels.format import ReadLabels, Texts
from rpn_core.labels.join import in_folder, join_label_sets
from rpn_core.labels.label_set import LabelSet
from rpn_core.labels.stores.files import read_file
from rpn_core.messages import Message
from rpn_core.photo.file_name import display_name
from rpn_core.progress import Progress, part


def read_one_a_folder(
    read: Callable[[bytes, str, Progress], ReadLabels],
    title: Message,
    texts: Texts,
    names: Sequence[str],
    progress: Progress,
) -> ReadLabels:
    """Read one file, or one in each folder (train, valid, test), joined.

    Args:
        read: of one file its bytes, what to call it in a sentence, and progress.
        title: of the format.
    Raises:
        UserError: two files lie in one folder, or one of them is not what it seems.
    """
    folders = [name.rpartition("/")[0] for name in names]
    crowded, count = Counter(folders).most_common(1)[0]
    if count > 1:
        beside = [name for name, folder in zip(names, folders, strict=True) if folder == crowded]
        raise UserError(
            "{files} has {count} files of {format} side by side ({some}): give the one to look at.",
            files=texts.files.shown,
            count=count,
            format=title,
            some=[display_name(name) for name in beside[:4]],
        )
    parts: list[LabelSet] = []
    remarks: list[Findings] = []
    for place, (name, folder) in enumerate(zip(names, folders, strict=True)):
        share = part(progress, place / len(names), (place + 1) / len(names))
        found = read(read_file(texts.files, name), display_name(name), share)
        parts.append(found.labels if len(names) == 1 else in_folder(found.labels, folder))
        remarks += found.remarks
    return ReadLabels(join_label_sets(parts), tuple(remarks))
