"""What every test shares: fixed seeds, a repeatable hypothesis profile, the data folder."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import settings

# derandomize: the same examples in every run. No deadline: the first call compiles the NMS loop.
settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.load_profile("repeatable")

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(autouse=True)
def _fixed_seeds() -> None:
    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The developers' data folder, which lies beside the repository and is no part of it."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"needs the developers' data folder, and {SHARED_DATA} does not exist")
    return SHARED_DATA
