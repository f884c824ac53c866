"""Write trained weights as they ship: half precision, with a small JSON that says what they are."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from safetensors.torch import save_file
from torch import nn


def write_weights(network: nn.Module, weights: Path, facts: Mapping[str, Any]) -> None:
    """Save a network, and beside it a JSON file with the facts and the weights' SHA-256.

    Half precision halves the file; the model card says what it does to recall.

    Args:
        network: the averaged weights.
        weights: `.safetensors` to write; replaced only when the new one is whole.
        facts: how they were made: recipe, hashes of data and start, commit.
    """
    tensors = {name: tensor.half().contiguous() for name, tensor in network.state_dict().items()}
    weights.parent.mkdir(parents=True, exist_ok=True)
    partial = weights.with_suffix(".partial")
    save_file(tensors, partial)
    os.replace(partial, weights)
    document = {"sha256": sha256(weights), **facts}
    weights.with_suffix(".json").write_text(json.dumps(document, indent=2) + "\n")


def images_sha256(files: Iterable[bytes]) -> str:
    """One digest of many files: SHA-256 over the digest of each, in order.

    It names the pixels that a model saw, whatever the files are called and wherever they lie.
    """
    whole = hashlib.sha256()
    for data in files:
        whole.update(hashlib.sha256(data).digest())
    return whole.hexdigest()


def sha256(path: Path) -> str:
    """Of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
