"""The frame's second part: which model, with whose weights, on which device."""

from __future__ import annotations

import hashlib

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.uploaded_file_manager import UploadedFile

from pages._ui.models_loaded import note_model
from pages._ui.uploads import uploaded
from rpn_core.errors import UserError
from rpn_core.models.device import available_devices
from rpn_core.models.load import load_model
from rpn_core.models.rpn import Rpn
from rpn_core.models.states import Availability, model_states
from rpn_core.models.table import CARDS, DEFAULT_MODEL
from rpn_core.models.weights_file import fetch_weights

MODEL, DEVICE, WEIGHTS = "model", "device", "weights_upload"
_LOADED, _FAILED, _RETRY = "_loaded_model", "_failed_model", "model_retry"
ModelKey = tuple[str, str, str]


@st.cache_resource(show_spinner=False, max_entries=4)
def _load(name: str, device: str, checkpoint_sha: str, _checkpoint: bytes | None) -> Rpn:
    rpn = load_model(name, device, _checkpoint)
    note_model(name)
    return rpn


def _download(name: str, bar: DeltaGenerator) -> None:
    """Fetch a model's weights under a visible bar; a cached function could not draw one."""

    def progress(done: int, total: int | None) -> None:
        share = done / total if total else 0.0
        bar.progress(min(1.0, share), f"Downloading {name}: {done / 1e6:.0f} MB")

    fetch_weights(CARDS[name], progress)


def _to_download(name: str) -> bool:
    return any(
        entry.card.name == name and entry.availability is Availability.TO_DOWNLOAD
        for entry in model_states()
    )


def current_model() -> tuple[Rpn, ModelKey]:
    """The model in force: the last that could be loaded. `draw_model_picker` must have run once."""
    rpn, key = st.session_state[_LOADED]
    return rpn, key


def nothing_to_load() -> bool:
    """Whether the model that is wanted is there, or is known to be out of reach."""
    state = st.session_state
    if _LOADED not in state or state.get(_RETRY):
        return False
    return _wanted() in (state[_LOADED][1], state.get(_FAILED, (None,))[0])


def _wanted() -> ModelKey:
    state = st.session_state
    upload = uploaded(WEIGHTS)
    sha = _sha256(upload.file_id, upload) if upload else ""
    return state.get(MODEL, DEFAULT_MODEL), state.get(DEVICE, "auto"), sha


@st.cache_data(show_spinner=False, max_entries=32)
def _sha256(file_id: str, _upload: UploadedFile) -> str:
    return hashlib.sha256(_upload.getvalue()).hexdigest()


def draw_model_picker() -> None:
    """Draw the choices, and load what they say.

    A choice that cannot be loaded is explained, and the model that was loaded stays.
    """
    state = {entry.card.name: entry.availability.words for entry in model_states()}
    st.session_state.setdefault(MODEL, DEFAULT_MODEL)
    name = st.selectbox(
        "Model",
        list(CARDS),
        key=MODEL,
        format_func=lambda key: f"{CARDS[key].title} ({state[key]})",
        help="Lite0-FPN comes with the app and scores any anchor. The others are torchvision's "
        "detectors, whose heads know the anchors they were trained for.",
    )
    with st.expander("Device and weights of your own"):
        devices = ["auto", *available_devices()]
        st.session_state.setdefault(DEVICE, "auto")
        st.selectbox("Device", devices, key=DEVICE, help="auto: CUDA, else MPS, else CPU.")
        upload = st.file_uploader(
            "Checkpoint", key=WEIGHTS, max_upload_size=1000,
            help=".safetensors, or .pth read without unpickling. Its tensors must have the names "
            f"and shapes of {CARDS[name].title}.",
        )  # fmt: skip
    wanted = _wanted()
    # There in every run: without it, loading would shift the controls below by one place, and the
    # browser would build them anew, on their first tab and without the focus.
    with st.container():
        if st.session_state.get(_LOADED, (None, None))[1] != wanted:
            _switch(wanted, upload.getvalue() if upload else None)


def _switch(wanted: ModelKey, checkpoint: bytes | None) -> None:
    """Load what is wanted, or explain why not; a failure is not tried again unasked."""
    failed, sentence = st.session_state.get(_FAILED, (None, ""))
    bar = st.empty()
    if failed != wanted or st.session_state.get(_RETRY):
        try:
            if checkpoint is None and _to_download(wanted[0]):
                _download(wanted[0], bar)
            st.session_state[_LOADED] = (_load(*wanted, checkpoint), wanted)
            st.session_state.pop(_FAILED, None)
            bar.empty()
            return
        except UserError as error:
            sentence = str(error)
            st.session_state[_FAILED] = (wanted, sentence)
    bar.empty()
    if _LOADED not in st.session_state:  # nothing to fall back to but the default
        default = (DEFAULT_MODEL, "auto", "")
        st.session_state[_LOADED] = (_load(*default, None), default)
    still = st.session_state[_LOADED][0].card.title
    st.error(f"{sentence} Still in use: {still}.")
    # Below its own use, so that the way out is there in the very run that failed.
    st.button("Try again", key=_RETRY)
