"""What a visitor is asked where the files that came are of several formats."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages._ui.state.visit import LABELS_FORMAT, LABELS_FORMATS, LABELS_TAKEN
from rpn_core.labels.format import Format
from rpn_core.labels.formats.recognise import SeveralFormats
from rpn_core.messages import tr


def ask_format(uploads: list[Any], error: SeveralFormats) -> None:
    """From the next run on, ask which of the formats of these uploads is to be read."""
    LABELS_FORMATS.set((_which(uploads), error.forms))


def chosen_format(uploads: list[Any]) -> tuple[bool, Format | None]:
    """Draw the question if there is one: whether it is still open, and the format if it is not.

    The uploads stay in their place while it is, so that nothing has to be sent twice.
    """
    asked = LABELS_FORMATS.get()
    if asked is None or asked[0] != _which(uploads):
        return False, None
    titled = {str(form.title): form for form in asked[1]}
    chosen = st.selectbox(
        tr("Format to read"),
        list(titled),
        index=None,
        placeholder=tr("Several are there: choose one"),
        key=LABELS_FORMAT.of(LABELS_TAKEN.get_or(0)).key,
    )
    return (True, None) if chosen is None else (False, titled[chosen])


def _which(uploads: list[Any]) -> tuple[str, ...]:
    return tuple(upload.file_id for upload in uploads)
