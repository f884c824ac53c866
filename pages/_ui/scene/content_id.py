"""Name an array by what is in it, so that the browser can say what it has."""

from __future__ import annotations

import hashlib
import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.weak import WeakIdKeyDictionary

# Stages hand out the same object for as long as nothing before them changed, and hashing all
# that a scene holds takes longer than drawing it.
_known = WeakIdKeyDictionary()
_lock = threading.Lock()


def content_id(source: Tensor | NDArray[Any], array: NDArray[Any]) -> str:
    """16 hexadecimal digits that differ for different contents.

    Args:
        source: the result of a stage, which is never changed; remembered while it lives.
        array: what travels of it: always the same array for the same source.
    """
    with _lock:
        known: str | None = _known.get(source)  # type: ignore[no-untyped-call]
    if known is not None:
        return known
    digest = hashlib.blake2b(array.dtype.str.encode(), digest_size=8)
    digest.update(np.ascontiguousarray(array).data)
    found = digest.hexdigest()
    with _lock:
        _known[source] = found
    return found
