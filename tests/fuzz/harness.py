"""One reader, fed by atheris with whatever reaches a line of it that nothing reached before."""

from __future__ import annotations

import contextlib
import os
import resource
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path

MISSING = (
    "atheris is not installed, so nothing was fuzzed: pip install -r tests/fuzz/requirements.txt"
)
# Of CPU time and of memory for one input of at most MAX_LENGTH bytes.
MAX_SECONDS = 2.0
MAX_BYTES = 500 * 2**20
MAX_LENGTH = 1 << 16


class TooCostly(Exception):
    """An input that was refused or read, but not within the limits."""


def instrumented(module: str) -> contextlib.AbstractContextManager[None]:
    """What is imported inside is watched line by line; ends the process where atheris is absent.

    Only when the harness is what was started: tests import it for its reader, without atheris.
    """
    if module != "__main__":
        return contextlib.nullcontext()
    try:
        import atheris
    except ImportError:
        print(MISSING)
        sys.exit(0)
    watched: contextlib.AbstractContextManager[None] = atheris.instrument_imports(
        include=["PIL", "rpn_core", "safetensors", "zipfile", "pickletools", "json", "csv"]
    )
    return watched


def within_limits(read: Callable[[bytes], object], data: bytes) -> None:
    """Read once. UserError is the one exception that a reader may raise.

    Raises:
        TooCostly: more than MAX_SECONDS of CPU time or MAX_BYTES of memory.
    """
    from rpn_core.errors import UserError

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    with contextlib.suppress(UserError), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's, of odd metadata
        read(data)
    seconds = time.process_time() - started
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak) * 1024
    if seconds > MAX_SECONDS or grown > MAX_BYTES:
        raise TooCostly(f"{seconds:.1f} s of CPU time, {grown / 2**20:.0f} MB more at the peak")


def fuzz(read: Callable[[bytes], object], seeds: Iterable[bytes]) -> None:
    """Run until FUZZ_SECONDS have passed or an input breaks the reader; does not return.

    A breaking input is written to the folder FUZZ_CRASHES (default: the present one), and the
    process ends with another status than 0.
    """
    import atheris

    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(seeds):
            (Path(corpus) / str(number)).write_bytes(seed)
        crashes = Path(os.environ.get("FUZZ_CRASHES", "."))
        atheris.Setup(
            [
                sys.argv[0],
                f"-max_total_time={os.environ.get('FUZZ_SECONDS', '60')}",
                f"-max_len={MAX_LENGTH}",
                "-timeout=120",
                "-rss_limit_mb=4096",
                "-print_final_stats=1",
                "-verbosity=0",
                f"-artifact_prefix={crashes}/{Path(sys.argv[0]).stem}-",
                corpus,
            ],
            lambda data: within_limits(read, data),
        )
        atheris.Fuzz()
