"""Write trained weights as they ship: half precision, with a small JSON that says what they are."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path

from safetensors.torch import save_file
from torch import nn

from rpn_core.training.recipe import Recipe


def write_weights(
    network: nn.Module, folder: Path, recipe: Recipe, annotations: Path, start: Path | None = None
) -> Path:
    """Save `lite0-fpn.safetensors` and `lite0-fpn.json` into a folder.

    Half precision halves the file; the model card says what it does to recall.

    Args:
        network: the averaged weights.
        recipe: what they were trained by.
        annotations: what they were trained on; only its SHA-256 is written.
        start: weights that the run went on from; only their SHA-256 is written.
    Returns:
        the weights' path.
    """
    weights = folder / "lite0-fpn.safetensors"
    tensors = {name: tensor.half().contiguous() for name, tensor in network.state_dict().items()}
    save_file(tensors, weights)
    facts = {
        "sha256": _sha256(weights),
        "train_annotations_sha256": _sha256(annotations),
        "started_from": "ImageNet" if start is None else _sha256(start),
        "recipe": asdict(recipe),
    }
    weights.with_suffix(".json").write_text(json.dumps(facts, indent=2) + "\n")
    return weights


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
