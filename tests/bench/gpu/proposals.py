"""Proposals of a device beside those of the CPU in float32, on every sample photo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch

from rpn_core.models.load import load_model
from rpn_core.models.rpn import Rpn
from rpn_core.photo.reader import read_pixels
from rpn_core.photo.samples import samples
from rpn_core.proposers.plain import run_stages
from rpn_core.proposers.rpn import RpnProposer
from tests.bench.gpu.check import Check
from tests.same_proposals import Listed, differences, of_proposals, tolerance

MODELS = ("lite0-fpn", "lite0-c4")


def proposals_of(rpn: Rpn, data: bytes, name: str) -> Listed:
    settings = rpn.card.own_settings
    stages = run_stages(RpnProposer(rpn, settings), read_pixels(data, name))
    return of_proposals(stages.proposals)


def in_precision(rpn: Rpn, dtype: torch.dtype) -> Rpn:
    return rpn if rpn.dtype == dtype else replace(rpn, dtype=dtype)


def parity(
    device: str,
    dtype: torch.dtype,
    photos: list[Path],
    find: Callable[[Rpn, bytes, str], Listed] = proposals_of,
) -> list[Check]:
    """A check for each bundled model.

    Args:
        dtype: in which the network runs on the device; the CPU runs it in float32.
        find: how the device's proposals are found.
    """
    return [_parity_of(model, device, dtype, photos, find) for model in MODELS]


def _parity_of(
    model: str,
    device: str,
    dtype: torch.dtype,
    photos: list[Path],
    find: Callable[[Rpn, bytes, str], Listed],
) -> Check:
    within = tolerance(dtype, torch.float32)
    ours = in_precision(load_model(model, device), dtype)
    theirs = in_precision(load_model(model, "cpu"), torch.float32)
    told = []
    for photo in photos:
        data = photo.read_bytes()
        found, wanted = find(ours, data, photo.name), proposals_of(theirs, data, photo.name)
        said = differences(found, wanted, within)
        if said:
            told.append(f"{photo.name}: {said}")
    name = f"proposals of {model} in {str(dtype).removeprefix('torch.')} on {device}"
    expected = (
        f"the CPU's in float32: scores within {within.score:g}, corners within {within.corner:.1%} "
        f"of a side, at most {within.alone:.1%} without a partner"
    )
    return Check(name, not told, "; ".join(told) or f"{len(photos)} photos as expected", expected)


def sample_photos() -> list[Path]:
    from rpn_core.photo.samples import FOLDER

    return [FOLDER / sample.file for sample in samples()]
