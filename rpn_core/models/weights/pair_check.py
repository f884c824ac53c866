"""torch and torchvision must come as a pair; when they do not, say so in words."""

from __future__ import annotations

import importlib
from importlib import metadata

from rpn_core.errors import UserError
from rpn_core.messages import Message, msg


def require_matching_pair() -> None:
    """Import torchvision, whose import fails when it was built for another torch.

    Raises:
        UserError: the pair does not match, or torchvision is missing; with what to install.
    """
    try:
        importlib.import_module("torchvision")
    except ModuleNotFoundError as error:
        raise UserError(
            "A Python package is missing ({package}): run `pip install -r requirements.txt` in "
            "this environment.",
            package=error.name,
        ) from error
    except (RuntimeError, ImportError, OSError) as error:
        # "operator torchvision::nms does not exist": its compiled part found no torch to fit.
        raise UserError(
            "torch {torch} and torchvision {torchvision} do not match (a CPU-only torch beside a "
            "torchvision for CUDA, or two releases): run `pip install --force-reinstall -r "
            "requirements.txt`, so that both come from one place.",
            torch=_version("torch"),
            torchvision=_version("torchvision"),
        ) from error


def _version(package: str) -> str | Message:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return msg("(not installed)")
