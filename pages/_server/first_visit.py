"""What the first visitor would wait for is begun when the server starts."""

from __future__ import annotations

import importlib
import logging
import threading
import time

# Torch, Plotly, and what of the library every page needs. Pandas comes first: Plotly uses it as
# soon as it is in sys.modules, even while another thread is still importing it.
_LIBRARIES = (
    "pandas",
    "rpn_core.stages.stage_results",
    "rpn_core.models.load",
    "rpn_core.models.catalogue.table",
    "rpn_core.models.fallback",
    "rpn_core.figures.funnel",
    "rpn_core.figures.histograms",
)
# By then the first picture is there, and compiling takes nothing from it.
REST_AFTER_S = 15

_imported = threading.Event()
_imported.set()  # until somebody begins


def prepare_first_visit() -> None:
    """Import, and make NMS ready, in a thread of its own; to be called once, by the server."""
    _imported.clear()
    threading.Thread(target=_prepare, daemon=True, name="first visit").start()


def await_imports() -> None:
    """Wait until that thread has imported everything.

    Of two threads that import modules which need each other, one may see a module half done.
    """
    _imported.wait()


def _prepare() -> None:
    try:
        for name in _LIBRARIES:
            importlib.import_module(name)
        from rpn_core.models.catalogue.table import DEFAULT_MODEL
        from rpn_core.models.load import load_model

        load_model(DEFAULT_MODEL)  # which imports more; the model itself is read once more later
    except Exception:
        # The page imports it too, and shows what it makes of the failure.
        logging.getLogger(__name__).exception("a library could not be imported in advance")
        return
    finally:
        _imported.set()
    from rpn_core.nms_analysis.warm import warm_up, warm_up_rest

    warm_up()
    time.sleep(REST_AFTER_S)
    warm_up_rest()
