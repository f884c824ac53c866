"""Formats in which one file holds the boxes of many images."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from rpn_core.errors import UserError
from rpn_core.labels.format import ReadLabels, Texts
from rpn_core.labels.formats.bad_files import BadFiles
from rpn_core.labels.join import in_folder, join_label_sets
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
    """Read one file, or one in each folder (train, valid, test), joined; a bad one is a remark.

    Args:
        read: of one file its bytes, what to call it in a sentence, and progress.
        title: of the format.
    Raises:
        UserError: two files lie in one folder, or none is what it seems.
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
    bad = BadFiles()

    place_of = {name: place for place, name in enumerate(names)}

    def read_one(name: str) -> ReadLabels:
        place = place_of[name]
        share = part(progress, place / len(names), (place + 1) / len(names))
        found = read(read_file(texts.files, name), display_name(name), share)
        if len(names) == 1:
            return found
        return replace(found, labels=in_folder(found.labels, name.rpartition("/")[0]))

    found = [one for _, one in bad.read(names, read_one)]
    remarks = [remark for one in found for remark in one.remarks]
    return ReadLabels(join_label_sets([one.labels for one in found]), (*bad.remarks(), *remarks))
