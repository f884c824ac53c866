"""torch and torchvision must come as a pair; when they do not, say so in words."""

from __future__ import annotations

import importlib
from importlib import metadata

from rpn_core.errors import UserError


def require_matching_pair() -> None:
    """Import torchvision, whose import fails when it was built for another torch.

    Raises:
        UserError: the pair does not match, or torchvision is missing; with what to install.
    """
    try:
        importlib.import_module("torchvision")
    except ModuleNotFoundError as error:
        raise UserError(
            f"A Python package is missing ({error.name}): run "
            "`pip install -r requirements.txt` in this environment."
        ) from error
    except (RuntimeError, ImportError, OSError) as error:
        # "operator torchvision::nms does not exist": its compiled part found no torch to fit.
        raise UserError(
            f"torch {_version('torch')} and torchvision {_version('torchvision')} do not match "
            "(a CPU-only torch beside a torchvision for CUDA, or two releases): run "
            "`pip install --force-reinstall -r requirements.txt`, so that both come from one "
            "place."
        ) from error


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "(not installed)"
