"""How a control of the app is found in a browser."""

from __future__ import annotations

import re


def selector_of(key: str) -> str:
    """Streamlit makes a class of a control's key.

    >>> selector_of("nms.nms_thresh")
    '.st-key-nms-nms_thresh'
    """
    return f".st-key-{re.sub(r'[^A-Za-z0-9_-]', '-', key)}"
