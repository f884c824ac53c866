"""Data sets of boxes: rpn_core.labels, every format."""

from __future__ import annotations

from tests.fuzz.harness import fuzz, instrumented

with instrumented(__name__):
    from rpn_core.labels.formats.read import read_labels
    from rpn_core.labels.lint.report import lint
    from rpn_core.labels.stores.files import Upload

from tests.fuzz.seeds import NAMES, labels


def read(data: bytes) -> None:
    """The first byte says what the file is called."""
    name = NAMES[data[0] % len(NAMES)] if data else NAMES[0]
    loaded = read_labels([Upload(name, data[1:])])
    lint(loaded)


if __name__ == "__main__":
    fuzz(read, labels())
