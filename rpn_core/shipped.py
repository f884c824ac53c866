"""Where the files lie that ship with the project: weights, samples, catalogues, the icon.

In a checkout beside `rpn_core`; in an installed wheel in the folder `rpn_explorer`, which also
holds the app, so that nothing of it is a top-level `pages` or `assets`.
"""

from __future__ import annotations

from pathlib import Path

_BESIDE = Path(__file__).resolve().parents[1]
# Not asked by looking for `app.py`: beside an installed rpn_core may lie somebody else's.
_INSTALLED = _BESIDE / "rpn_explorer"
ROOT = _INSTALLED if _INSTALLED.is_dir() else _BESIDE
APP = ROOT / "app.py"
ASSETS = ROOT / "assets"
