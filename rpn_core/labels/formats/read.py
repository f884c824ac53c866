"""The one gate through which boxes enter, whatever they are written in and wherever they lie."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeGuard

import numpy as np

from rpn_core.errors import UserError
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
from rpn_core.labels.stores.image_source import ImageSource, is_image_name
from rpn_core.labels.stores.zip_files import ZipFiles
from rpn_core.messages import msg
from rpn_core.photo.file_name import display_name
from rpn_core.progress import Progress, no_progress, part

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
        UserError: there is nothing to read, it is none of the formats, damaged, or larger than the
            limits of `files` and `zip_files`.
    """
    files, named = files_of_yaml(source) if _is_yaml(source) else (_store(source), "")
    behind = ImageSource(files if images is None else _images(images, files))
    found = recognise(files, behind, form, named)
    read = found.form.read(found.texts, found.names, part(progress, 0.0, 0.8))
    labels = _with_sizes(read.labels, behind, part(progress, 0.8, 1.0))
    boxes_sha256 = _boxes_sha256(files, found.names) if isinstance(source, Path) else ""
    sha256 = _digest(_digest(found.form.key + boxes_sha256, source), images)
    progress(1.0)
    return LoadedLabels(labels, behind, files.shown, sha256, boxes_sha256, found.form, read.remarks)


def add_images(loaded: LoadedLabels, images: Path | Sequence[Upload]) -> LoadedLabels:
    """Give images to a data set that is open; those that it has already stay behind them.

    Sizes that were unknown are read from the headers.

    Raises:
        UserError: as `read_labels` does.
    """
    named = _store(images)
    stores = [named] if loaded.images.files is None else [named, loaded.images.files]
    source = ImageSource(JoinedFiles(stores, named.shown))
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
    return bool(names) and all(map(is_image_name, names))


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
    for upload in plain:
        if not upload.data:
            raise UserError(
                "{file} is empty (0 bytes): choose a file that has boxes in it.",
                file=display_name(upload.name),
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
