"""Where a model's weights lie, and fetching those that do not lie here yet."""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
import urllib.request
from collections.abc import Callable
from pathlib import Path

import torch

from rpn_core.errors import UserError
from rpn_core.models.catalogue.card import ModelCard, WeightsKind
from rpn_core.shipped import ROOT

Progress = Callable[[int, int | None], None]  # bytes so far, bytes in all if known

_log = logging.getLogger(__name__)
_CHUNK = 1 << 18
_TIMEOUT_S = 20


def weights_path(card: ModelCard) -> Path | None:
    """The file that holds, or will hold, the model's weights; None for a model without.

    Downloads lie where torchvision's own loader puts and finds them.
    """
    if card.weights_file is None:
        return None
    if card.weights_kind is WeightsKind.BUNDLED:
        return ROOT / card.weights_file
    return Path(torch.hub.get_dir()) / "checkpoints" / card.weights_file.rpartition("/")[2]


def fetch_weights(card: ModelCard, progress: Progress | None = None) -> bytes:
    """Read the model's weights, downloading them first if need be.

    Args:
        card: of a model that has weights.
        progress: called with (bytes so far, bytes in all or None) while downloading.
    Raises:
        UserError: no connection, a damaged file, or bundled weights that are not there. A visitor
            reads this, so the file is named without its folder, which is in the log.
    """
    path = weights_path(card)
    if path is None or card.weights_file is None:
        raise ValueError(f"{card.name} has no weights of its own")
    if not path.is_file():
        if card.weights_kind is WeightsKind.BUNDLED:
            raise UserError(
                "The weights of {model} are missing: {file} belongs to this project, so fetch the "
                "project again.",
                model=card.name,
                file=card.weights_file,
            )
        _download(card, card.weights_file, path, progress)
    data = path.read_bytes()
    _check_digest(card, data, path)
    return data


def _check_digest(card: ModelCard, data: bytes, path: Path) -> None:
    digest = hashlib.sha256(data).hexdigest()
    if card.sha256 is not None and not digest.startswith(card.sha256):
        _log.warning("damaged weights: %s", path)
        raise UserError(
            "The weights of {model} are damaged: the SHA-256 of {file} begins with {digest}, but "
            "{expected} is expected; delete the file and try again.",
            model=card.name,
            file=path.name,
            digest=digest[:8],
            expected=card.sha256[:8],
        )


def _download(card: ModelCard, url: str, path: Path, progress: Progress | None) -> None:
    """Write the file beside its place and move it there once it is whole."""
    part: str | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with (
            urllib.request.urlopen(url, timeout=_TIMEOUT_S) as response,
            tempfile.NamedTemporaryFile(dir=path.parent, suffix=".partial", delete=False) as file,
        ):
            part = file.name
            length = response.headers.get("Content-Length")
            total = int(length) if length else None
            done = 0
            while chunk := response.read(_CHUNK):
                file.write(chunk)
                done += len(chunk)
                if progress is not None:
                    progress(done, total)
        if total is not None and done != total:
            raise UserError("only {done} of {total} bytes came", done=done, total=total)
        os.replace(part, path)
        part = None
    except (OSError, ValueError) as error:
        # URLError, timeouts and full disks are all OSErrors.
        _log.warning("weights that could not be downloaded belong into %s", path.parent)
        raise UserError(
            "The weights of {model} could not be downloaded ({reason}): connect and try again, or "
            "put {file} (from {url}) into torch's folder hub/checkpoints by hand, or choose the "
            "bundled model.",
            model=card.name,
            reason=_reason(error),
            file=path.name,
            url=url,
        ) from error
    finally:
        if part is not None:
            Path(part).unlink(missing_ok=True)


def _reason(error: Exception) -> str | UserError:
    """In words; those of an OSError without the path that it quotes."""
    if isinstance(error, UserError):
        return error
    reason = getattr(error, "reason", None) or error
    return str(getattr(reason, "strerror", None) or reason)
