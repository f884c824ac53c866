"""Where the files lie that ship with the project: weights, samples, catalogues, the icon.

In a checkout beside `rpn_core`; in an installed wheel in the package `rpn_explorer`, which also
holds the app, so that nothing of it is a top-level `pages` or `assets`.
"""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).resolve().parents[1]
CHECKOUT = (_HERE / "app.py").is_file() and (_HERE / "assets").is_dir()
ROOT = _HERE if CHECKOUT else _HERE / "rpn_explorer"
APP = ROOT / "app.py"
ASSETS = ROOT / "assets"
