"""What a visitor has uploaded, if the server still has it."""

from __future__ import annotations

from typing import Any

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile


def uploaded(key: str) -> UploadedFile | None:
    """The file in an uploader or a camera; to be asked for in a callback, or in any run.

    After a restart the browser names files that the new process never had. `st.file_uploader`
    leaves them out of what it returns, the session's state does not.
    """
    value: Any = st.session_state.get(key)
    return value if isinstance(value, UploadedFile) else None
