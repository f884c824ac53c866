"""The frame's second part: which model, with whose weights, on which device."""

from __future__ import annotations

import hashlib

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.uploaded_file_manager import UploadedFile

from pages._server.models_loaded import note_model
from pages._ui.state.uploads import uploaded
from pages._ui.state.visit import DEVICE, FAILED_MODEL, LOADED_MODEL, MODEL, RETRY_MODEL, WEIGHTS
from pages._ui.state.workbench import ModelKey
from rpn_core.errors import UserError
from rpn_core.messages import tr
from rpn_core.models.catalogue.table import CARDS, DEFAULT_MODEL
from rpn_core.models.load import load_model
from rpn_core.models.rpn import Rpn
from rpn_core.models.runtime.device import available_devices
from rpn_core.models.weights.states import Availability, model_states
from rpn_core.models.weights.weights_file import fetch_weights


@st.cache_resource(show_spinner=False, max_entries=4)
def _load(name: str, device: str, checkpoint_sha: str, _checkpoint: bytes | None) -> Rpn:
    rpn = load_model(name, device, _checkpoint)
    note_model(name)
    return rpn


def _download(name: str, bar: DeltaGenerator) -> None:
    """Fetch a model's weights under a visible bar; a cached function could not draw one."""

    def progress(done: int, total: int | None) -> None:
        share = done / total if total else 0.0
        bar.progress(
            min(1.0, share),
            tr("Downloading {name}: {megabytes:.0f} MB", name=name, megabytes=done / 1e6),
        )

    fetch_weights(CARDS[name], progress)


def _to_download(name: str) -> bool:
    return any(
        entry.card.name == name and entry.availability is Availability.TO_DOWNLOAD
        for entry in model_states()
    )


def current_model() -> tuple[Rpn, ModelKey]:
    """The model in force: the last that could be loaded. `draw_model_picker` must have run once."""
    return LOADED_MODEL.require()


def nothing_to_load() -> bool:
    """Whether the model that is wanted is there, or is known to be out of reach."""
    if not LOADED_MODEL or RETRY_MODEL.get():
        return False
    failed = FAILED_MODEL.get()
    return _wanted() in (LOADED_MODEL.require()[1], failed and failed[0])


def _wanted() -> ModelKey:
    upload = uploaded(WEIGHTS.key)
    sha = _sha256(upload.file_id, upload) if upload else ""
    return MODEL.get_or(DEFAULT_MODEL), DEVICE.get_or("auto"), sha


@st.cache_data(show_spinner=False, max_entries=32)
def _sha256(file_id: str, _upload: UploadedFile) -> str:
    return hashlib.sha256(_upload.getvalue()).hexdigest()


def draw_model_picker() -> None:
    """Draw the choices, and load what they say.

    A choice that cannot be loaded is explained, and the model that was loaded stays.
    """
    state = {entry.card.name: entry.availability.label for entry in model_states()}
    MODEL.get_or_make(lambda: DEFAULT_MODEL)
    name = st.selectbox(
        tr("Model"),
        list(CARDS),
        key=MODEL.key,
        format_func=lambda key: tr("{title} ({state})", title=CARDS[key].title, state=state[key]),
        help=tr(
            "Lite0-FPN comes with the app and scores any anchor. The others are torchvision's "
            "detectors, whose heads know the anchors they were trained for."
        ),
    )
    with st.expander(tr("Device and weights of your own")):
        devices = ["auto", *available_devices()]
        DEVICE.get_or_make(lambda: "auto")
        st.selectbox(
            tr("Device"), devices, key=DEVICE.key,
            format_func=lambda device: tr("auto") if device == "auto" else device,
            help=tr("auto: CUDA, else MPS, else CPU."),
        )  # fmt: skip
        upload = st.file_uploader(
            tr("Checkpoint"),
            key=WEIGHTS.key,
            max_upload_size=1000,
            help=tr(
                ".safetensors, or .pth read without unpickling. Its tensors must have the names "
                "and shapes of {title}.",
                title=CARDS[name].title,
            ),
        )
    wanted = _wanted()
    # There in every run: without it, loading would shift the controls below by one place, and the
    # browser would build them again, on their first tab and without the focus.
    with st.container():
        if not LOADED_MODEL or LOADED_MODEL.require()[1] != wanted:
            _switch(wanted, upload.getvalue() if upload else None)


def _switch(wanted: ModelKey, checkpoint: bytes | None) -> None:
    """Load what is wanted, or explain why not; a failure is not tried again unasked."""
    failed = FAILED_MODEL.get()
    bar = st.empty()
    if failed is None or failed[0] != wanted or RETRY_MODEL.get():
        try:
            if checkpoint is None and _to_download(wanted[0]):
                _download(wanted[0], bar)
            LOADED_MODEL.set((_load(*wanted, checkpoint), wanted))
            FAILED_MODEL.forget()
            bar.empty()
            return
        except UserError as error:
            failed = (wanted, error.message)
            FAILED_MODEL.set(failed)
    bar.empty()
    if not LOADED_MODEL:  # nothing to fall back to but the default
        default = (DEFAULT_MODEL, "auto", "")
        LOADED_MODEL.set((_load(*default, None), default))
    still = LOADED_MODEL.require()[0].card.title
    st.error(tr("{sentence} Still in use: {still}.", sentence=failed[1], still=still))
    # Below its own use, so that the way out is there in the very run that failed.
    st.button(tr("Try again"), key=RETRY_MODEL.key)
