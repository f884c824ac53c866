"""Checkpoints: rpn_core.models.weights.checkpoint, both formats."""

from __future__ import annotations

from tests.fuzz.harness import fuzz, instrumented

with instrumented(__name__):
    from rpn_core.models.weights.checkpoint import fit_state, read_checkpoint

from tests.fuzz.seeds import checkpoints

SHAPES = {"w": (2, 3), "b": (2,)}


def read(data: bytes) -> None:
    fit_state(read_checkpoint(data), SHAPES, "tiny")


if __name__ == "__main__":
    fuzz(read, checkpoints())
