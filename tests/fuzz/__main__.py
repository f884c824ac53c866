"""Every harness in turn, FUZZ_SECONDS (60) each: `make fuzz SECONDS=300`."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.fuzz.harness import MISSING

FOLDER = Path(__file__).parent


def main() -> int:
    """0 when nothing broke, or when there is nothing to fuzz with, which is said."""
    if importlib.util.find_spec("atheris") is None:
        print(MISSING)
        return 0
    crashes = Path(os.environ.get("FUZZ_CRASHES") or tempfile.mkdtemp(prefix="fuzz-crashes-"))
    crashes.mkdir(parents=True, exist_ok=True)
    broken = []
    for path in sorted(FOLDER.glob("fuzz_*.py")):
        print(f"== {path.stem}", flush=True)
        run = subprocess.run(
            [sys.executable, "-m", f"tests.fuzz.{path.stem}"],
            env={**os.environ, "FUZZ_CRASHES": str(crashes)},
            check=False,
        )
        if run.returncode:
            broken.append(path.stem)
    print(f"Broken: {', '.join(broken)}; see {crashes}" if broken else "Nothing broke.")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
