"""`/health`: whether this process can serve, for a load balancer."""

from __future__ import annotations

import time

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from streamlit import config, runtime

from pages._server.models_loaded import models_loaded
from rpn_core import __version__
from rpn_core.models.runtime.forward_queue import forward_queue

# No pass of any model takes as long, on any machine: the network hangs, and so do all who wait.
STUCK_S = 600.0
_STARTED = time.monotonic()


async def health(_: Request) -> JSONResponse:
    """200 when a visitor who came now would be served, else 503; `status` says which and why.

    The answer tells how the process is, never where its files are or who uses it.
    """
    ready = runtime.exists() and (await runtime.get_instance().is_ready_for_browser_connection)[0]
    running_for = forward_queue.running_for()
    status = "ok"
    if not ready:
        status = "starting or stopping"
    elif running_for > STUCK_S:
        status = "the network hangs"
    return JSONResponse(
        {
            "status": status,
            "version": __version__,
            "models_loaded": models_loaded(),
            "waiting_for_network": forward_queue.waiting,
            "network_busy_s": round(running_for, 1),
            "uptime_s": round(time.monotonic() - _STARTED, 1),
        },
        status_code=200 if status == "ok" else 503,
        headers={"cache-control": "no-store"},
    )


def routes() -> list[Route]:
    """For `st.App`: under the same base path as the pages."""
    base = str(config.get_option("server.baseUrlPath")).strip("/")
    return [Route(f"/{base}/health" if base else "/health", health, methods=["GET"])]
