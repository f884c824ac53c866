"""The one gate through which boxes enter, whatever they are written in and wherever they lie."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeGuard

import numpy as np

from rpn_core.errors import UserError
from rpn_core.labels.finding import Findings, Rule, Severity, of_data_set
from rpn_core.labels.format import Format
from rpn_core.labels.formats.recognise import recognise
from rpn_core.labels.formats.yolo_splits import YAML, files_of_yaml
from rpn_core.labels.label_set import LabelSet
from rpn_core.labels.loaded import LoadedLabels
from rpn_core.labels.stores.files import (
    Files,
    FolderFiles,
    JoinedFiles,
    Shown,
    Upload,
    UploadedFiles,
    read_file,
)
from rpn_core.labels.stores.image_source import ImageSource
from rpn_core.labels.stores.zip_files import ZipFiles
from rpn_core.messages import Message, msg, nmsg
from rpn_core.photo.file_name import display_name
from rpn_core.photo.kinds import is_image_name, is_picture_name
from rpn_core.progress import Progress, no_progress, part

NOT_UTF_8 = Rule(
    "not-utf-8",
    Severity.NOTE,
    msg("Text that is not UTF-8"),
    msg("Nothing here; other programs may take its names for others."),
    msg("See whether the names are right, and save it as UTF-8."),
)
LINKS = Rule(
    "links",
    Severity.WARNING,
    msg("Links that are not followed"),
    msg("Files and folders that they lead to are not looked at: they lie out of the data set."),
    msg("Give the folder that they lead to with --images, or copy the files."),
)
_ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")


def read_labels(
    source: Path | Sequence[Upload],
    *,
    images: Path | Sequence[Upload] | None = None,
    form: Format | None = None,
    progress: Progress = no_progress,
) -> LoadedLabels:
    """Read a data set's boxes, in pixels of the original images.

    The format is recognised by content. Nothing is mended: `rpn_core.labels.lint` says what is
    wrong. Sizes that the annotations do not tell are read from the headers of the images, if
    these came along; an image is never decoded.

    Args:
        source: a file, a zip or a folder on this machine (a data.yaml stands for the folders that
            it points to); or the uploaded files, zips among them, with or without their images.
        images: the images, where they lie apart from the labels: a folder, a zip, or uploads.
        form: the format, if it must not be guessed.
        progress: is told how far it has come, 0 to 1.
    Raises:
        SeveralFormats: it is of several formats, and `form` does not say which.
        UserError: there is nothing to read, no image where the images should be, it is none of
            the formats, damaged, or larger than the limits of `files` and `zip_files`.
    """
    files, named = files_of_yaml(source) if _is_yaml(source) else (_store(source), "")
    behind = ImageSource(files if images is None else _images(images, files))
    if isinstance(images, Path) and not behind:
        raise UserError(
            "{folder} holds no image that is read: give the folder or zip with the images (links "
            "out of it are not followed).",
            folder=images,
        )
    found = recognise(files, behind, form, named)
    read = found.form.read(found.texts, found.names, part(progress, 0.0, 0.8))
    behind = behind.meant_by(read.labels.names)
    labels = _with_sizes(read.labels, behind, part(progress, 0.8, 1.0))
    boxes_sha256 = _boxes_sha256(files, found.names) if isinstance(source, Path) else ""
    sha256 = _digest(_digest(found.form.key + boxes_sha256, source), images)
    progress(1.0)
    remarks = (*read.remarks, *_read_as(found.texts.files.read_as), *_not_followed(files))
    return LoadedLabels(labels, behind, files.shown, sha256, boxes_sha256, found.form, remarks)


def _read_as(encodings: Mapping[str, str]) -> list[Findings]:
    """A remark for each encoding that was not UTF-8."""
    by_encoding: dict[str, list[str]] = {}
    for name, encoding in encodings.items():
        by_encoding.setdefault(encoding, []).append(display_name(name))
    return [
        of_data_set(NOT_UTF_8, partial(_files_in, encoding, names[0]), len(names))
        for encoding, names in by_encoding.items()
    ]


def _files_in(encoding: str, first: str, count: float) -> Message:
    return nmsg(
        "{first} was read as {encoding}",
        "{count:,} files were read as {encoding}, the first is {first}",
        count=int(count),
        first=first,
        encoding=encoding,
    )


def _not_followed(files: Files) -> list[Findings]:
    links = files.links if isinstance(files, FolderFiles) else []
    return [of_data_set(LINKS, partial(_links, links[0]), len(links))] if links else []


def _links(first: str, count: float) -> Message:
    return nmsg(
        "{count} link, {first}",
        "{count:,} links, one is {first}",
        count=int(count),
        first=display_name(first),
    )


def add_images(loaded: LoadedLabels, images: Path | Sequence[Upload]) -> LoadedLabels:
    """Give images to a data set that is open; those that it has already stay behind them.

    Sizes that were unknown are read from the headers.

    Raises:
        UserError: as `read_labels` does.
    """
    named = _store(images)
    stores = [named] if loaded.images.files is None else [named, loaded.images.files]
    source = ImageSource(JoinedFiles(stores, named.shown)).meant_by(loaded.labels.names)
    return replace(
        loaded,
        labels=_with_sizes(loaded.labels, source, no_progress),
        images=source,
        sha256=_digest(loaded.sha256, images),
    )


def only_images(uploads: Sequence[Upload]) -> bool:
    """Whether uploads are images, or zips of images, and nothing else.

    Raises:
        UserError: as `read_labels` does.
    """
    names = _store(uploads).names
    return bool(names) and all(map(is_picture_name, names))


def holds_images(source: Path) -> bool:
    """Whether images lie with the annotations: in the same folder or zip.

    Raises:
        UserError: as `read_labels` does.
    """
    return bool(ImageSource(files_of_yaml(source)[0] if _is_yaml(source) else _store(source)))


def _is_yaml(source: Path | Sequence[Upload]) -> TypeGuard[Path]:
    return isinstance(source, Path) and source.suffix.lower() in YAML and source.is_file()


def _store(source: Path | Sequence[Upload]) -> Files:
    if isinstance(source, Path):
        return _on_disk(source)
    if not source:
        raise UserError("No file came: choose one with boxes in it.")
    shown: Shown = display_name(source[0].name)
    if len(source) > 1:
        shown = msg("{first} and {more:,} more", first=shown, more=len(source) - 1)
    plain = [upload for upload in source if not upload.data.startswith(_ZIP_STARTS)]
    if not any(upload.data for upload in source):  # beside others one is for the reader to tell
        raise UserError(
            "{file} is empty (0 bytes): choose a file that has boxes in it.",
            file=shown,
        )
    zips = [
        ZipFiles(upload.data, display_name(upload.name))
        for upload in source
        if upload.data.startswith(_ZIP_STARTS)
    ]
    stores: list[Files] = [UploadedFiles(plain, shown), *zips] if plain else [*zips]
    return stores[0] if len(stores) == 1 else JoinedFiles(stores, shown)


def _on_disk(path: Path) -> Files:
    if path.is_dir():
        return FolderFiles(path)
    if path.exists() and not path.is_file():
        raise UserError("{path} is neither a file nor a folder: give one of them.", path=path)
    if not path.is_file():
        raise UserError("{path} does not exist: give a file or folder that does.", path=path)
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        raise UserError(
            "{path} cannot be read ({reason}): see who owns it.",
            path=path,
            reason=error.strerror,
        ) from None
    if start in _ZIP_STARTS:
        return ZipFiles(path, display_name(path.name))
    resolved = path.resolve()
    return FolderFiles(resolved.parent, [resolved.name], display_name(path.name))


def _images(images: Path | Sequence[Upload], files: Files) -> Files:
    """The images that were named; those beside the labels count too, after them."""
    named = _store(images)
    one_file = isinstance(images, Path) and images.is_file()
    if one_file and not any(map(is_image_name, named.names)):
        raise UserError(
            "{file} is no folder, zip or image: give the folder or zip with the images.",
            file=named.shown,
        )
    return JoinedFiles([named, files], named.shown)


def _with_sizes(labels: LabelSet, images: ImageSource, progress: Progress) -> LabelSet:
    """Fill in the sizes that the annotations do not tell, as far as there are images."""
    unknown = np.flatnonzero((labels.sizes_hw <= 0).any(1))
    if not len(unknown) or not images:
        return labels
    sizes = labels.sizes_hw.copy()
    names = [labels.names[place] for place in unknown.tolist()]
    sizes[unknown] = np.maximum(images.sizes_hw(names, progress), 0)
    return replace(labels, sizes_hw=sizes)


def _boxes_sha256(files: Files, names: Sequence[str]) -> str:
    """Of one file its digest; of several, one over the name and the digest of each."""
    digests = [hashlib.sha256(read_file(files, name)) for name in names]
    if len(digests) == 1:
        return digests[0].hexdigest()
    whole = hashlib.sha256()
    for name, digest in zip(names, digests, strict=True):
        whole.update(name.encode("utf-8", "surrogateescape") + b"\0" + digest.digest())
    return whole.hexdigest()


def _digest(before: str, files: Path | Sequence[Upload] | None) -> str:
    """Of what came before and of more files: of uploads the bytes, of a path the path."""
    digest = hashlib.sha256(before.encode())
    if isinstance(files, Path):
        digest.update(str(files.resolve()).encode("utf-8", "surrogateescape"))
    for upload in () if isinstance(files, Path) else files or ():
        digest.update(upload.name.encode("utf-8", "surrogateescape"))
        digest.update(hashlib.sha256(upload.data).digest())
    return digest.hexdigest()
