"""A progress bar for work that tells its share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def bar_of(words: str) -> Iterator[Callable[[float], None]]:
    """A bar on stderr; what is handed out moves it, from 0 to 1."""
    from tqdm import tqdm

    look = "{desc}: {percentage:3.0f}%|{bar}| {elapsed}"
    with tqdm(desc=words, total=100, file=sys.stderr, bar_format=look) as bar:

        def tell(share: float) -> None:
            bar.update(round(100 * share) - bar.n)

        yield tell
