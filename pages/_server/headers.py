"""Headers that tell a browser what these pages may do, and others what they may do with them."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path

import streamlit
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Origins whose pages may show the app in a frame, parted by blanks: https://huggingface.co
FRAME_ANCESTORS = "RPN_FRAME_ANCESTORS"
_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_ORIGIN = re.compile(r"(https?://)?(\*\.)?[A-Za-z0-9.-]+(:\d+)?")


def security_headers(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The headers of every answer.

    Scripts come from this server only, which includes the canvas: Streamlit hands a component's
    script to the browser as a blob, and its own page uses WebAssembly. Text is never run as a
    script. Styles may be inline, since Streamlit's are. Nothing is loaded from, or sent to, any
    other server.
    """
    policy = {
        "default-src": "'self'",
        "script-src": " ".join(
            ["'self'", "blob:", "'wasm-unsafe-eval'", *_hashes_of_inline_scripts()]
        ),
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "media-src": "'self' data: blob:",
        "connect-src": "'self' data: blob:",
        "worker-src": "'self' blob:",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": " ".join(["'self'", *_frame_ancestors(environment)]),
    }
    return {
        "content-security-policy": "; ".join(f"{what} {where}" for what, where in policy.items()),
        "x-content-type-options": "nosniff",
        # An address holds the visitor's settings.
        "referrer-policy": "same-origin",
        "permissions-policy": "camera=(self), microphone=(), geolocation=(), payment=(), usb=()",
        "cross-origin-opener-policy": "same-origin",
    }


def _hashes_of_inline_scripts() -> list[str]:
    """Of the few lines that stand in Streamlit's own page, whichever release is installed."""
    page = Path(streamlit.__file__).parent / "static" / "index.html"
    scripts = _INLINE_SCRIPT.findall(page.read_text(encoding="utf-8"))
    digests = [hashlib.sha256(script.encode()).digest() for script in scripts]
    return [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]


def _frame_ancestors(environment: Mapping[str, str]) -> list[str]:
    """What is no origin is left out, so that it cannot end the policy or add to it."""
    return [
        text for text in environment.get(FRAME_ANCESTORS, "").split() if _ORIGIN.fullmatch(text)
    ]


class SecurityHeaders:
    """Adds headers to every answer that has none of the same name."""

    def __init__(self, app: ASGIApp, headers: Mapping[str, str]) -> None:
        self._app = app
        self._headers = [(name.encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            send = partial(_send, send, self._headers)
        await self._app(scope, receive, send)


async def _send(send: Send, more: Iterable[tuple[bytes, bytes]], message: Message) -> None:
    if message["type"] == "http.response.start":
        headers = list(message.get("headers", []))
        there = {name.lower() for name, _ in headers}
        message = {**message, "headers": headers + [h for h in more if h[0] not in there]}
    await send(message)


def middleware() -> list[Middleware]:
    """For `st.App`."""
    return [Middleware(SecurityHeaders, headers=security_headers())]
