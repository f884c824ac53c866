"""The frame's first part: an upload, a camera or a sample becomes the photo."""

from __future__ import annotations

from functools import cache
from io import BytesIO

import streamlit as st
from PIL import Image, ImageOps

from pages._ui.run.store import share_pixels
from pages._ui.state.notices import notice
from pages._ui.state.slot import in_slot, slotted
from pages._ui.state.uploads import uploaded
from pages._ui.state.visit import CAMERA, CAMERA_ON, GALLERY, PHOTO, SAMPLE, UPLOAD
from rpn_core.errors import UserError
from rpn_core.messages import msg, tr
from rpn_core.photo.photo import Photo
from rpn_core.photo.reader import read_photo
from rpn_core.photo.samples import Sample, find_sample, sample_bytes, samples


def read_to_keep(data: bytes, name: str) -> Photo:
    """Read a photo that a session will keep; its pixels lie in the shared cache.

    Raises:
        UserError: as `read_photo` does.
    """
    photo, pixels = read_photo(data, name)
    share_pixels(photo, pixels)
    return photo


def open_photo(photo: Photo, sample: str | None) -> None:
    """Make a photo the one in force; `sample` is its name if it is one of the samples."""
    PHOTO.set(photo)
    SAMPLE.set(sample)
    notice("photo")


def open_sample(name: str) -> None:
    """Make a sample the photo. Raises UserError when there is none of this name."""
    open_photo(sample_file(name), name)


@cache
def sample_file(name: str) -> Photo:
    """One for all visitors."""
    sample = find_sample(name)
    return read_to_keep(sample_bytes(sample), sample.file)


def _uploaded(key: str) -> None:
    upload = uploaded(key)
    if upload is None:
        return
    try:
        open_photo(read_to_keep(upload.getvalue(), upload.name), None)
    except UserError as error:
        notice("photo", msg("{error} The photo that was open stays.", error=error))


def open_upload_again() -> bool:
    """Open what was uploaded last, if it is still there, instead of the sample that is open."""
    for key in (UPLOAD.key, CAMERA.key):
        if uploaded(key) is not None:
            _uploaded(key)
            return True
    return False


def current_photo() -> tuple[Photo, str | None]:
    """The photo in force and, for a sample, its name."""
    if not PHOTO:
        open_sample(samples()[0].name)
    return PHOTO.require(), SAMPLE.get()


def draw_photo_picker() -> None:
    """Draw the upload, camera and gallery; what they choose is in force from the next run on."""
    st.file_uploader(
        tr("Your photo"),
        type=None,  # the reader judges the bytes and says what is wrong; a name proves nothing
        max_upload_size=50,
        key=UPLOAD.key,
        on_change=in_slot(_uploaded),
        args=(UPLOAD.key,),
        help=tr(
            "JPEG, PNG, WebP, BMP, TIFF or GIF, up to 50 MB and 50 megapixels. "
            "It stays in this server's memory and is never written to disk."
        ),
    )
    with st.expander(tr("Sample photos and camera"), key=GALLERY.key, on_change="rerun") as gallery:
        if gallery.open:
            _gallery()
            if st.toggle(tr("Use the camera"), key=CAMERA_ON.key):
                st.camera_input(
                    tr("Camera"), key=CAMERA.key, on_change=in_slot(_uploaded), args=(CAMERA.key,),
                    label_visibility="collapsed",
                )  # fmt: skip
    photo, sample = current_photo()
    _credit(photo, sample)
    for note in photo.notes:
        st.caption(str(note))


def _gallery() -> None:
    for place, sample in enumerate(samples()):
        if place % 2 == 0:  # row by row, so that a longer title below moves only its own row
            row = st.columns(2)
        with row[place % 2]:
            st.image(_thumbnail(sample))
            st.button(
                str(sample.title), key=slotted(f"sample_{sample.name}"), help=str(sample.look_at),
                on_click=in_slot(open_sample), args=(sample.name,), width="stretch", wrap=True,
            )  # fmt: skip


@st.cache_data(show_spinner=False, max_entries=32)
def _thumbnail(sample: Sample) -> bytes:
    with Image.open(BytesIO(sample_bytes(sample))) as image:
        buffer = BytesIO()
        ImageOps.fit(image.convert("RGB"), (240, 160)).save(buffer, "JPEG", quality=85)
        return buffer.getvalue()


def _credit(photo: Photo, name: str | None) -> None:
    height, width = photo.hw
    if name is None:
        st.text(tr("{name} · {width} × {height} px", name=photo.name, width=width, height=height))
        return
    sample = next(sample for sample in samples() if sample.name == name)
    st.caption(
        tr(
            "**{title}** · {width} × {height} px · {credit} ({licence}). {look_at}",
            title=sample.title,
            width=width,
            height=height,
            credit=sample.credit,
            licence=sample.licence,
            look_at=sample.look_at,
        )
    )
