"""Any of Pillow's picture modes to 8-bit sRGB, with one sentence for each thing that changed."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageCms

from rpn_core.messages import Message, msg
from rpn_core.photo.strips import strips

# convert("RGB") would clip these at 255.
_THIRTY_TWO_BIT = {"I", "F"}
_GREY = {"1", "L", "LA", "La"}


def to_srgb(image: Image.Image) -> tuple[Image.Image, tuple[Message, ...]]:
    """Bring a decoded picture to mode RGB in the sRGB colour space.

    32-bit integers and floats have no natural range, so their smallest to largest value becomes
    0-255. Transparency is laid on white. An embedded colour profile other than sRGB is applied to
    RGB and CMYK.

    Args:
        image: loaded and upright, any mode but those of `depth`.
    Returns:
        the picture in mode RGB, and one sentence per change that a person may notice.
    Raises:
        ValueError: Pillow knows no way from this mode to RGB (LAB).
    """
    notes: list[Message] = []
    profile: bytes | None = image.info.get("icc_profile")
    if image.mode in _THIRTY_TWO_BIT:
        image, note = _stretch_range(image)
        notes.append(note)
    if image.mode in _GREY:
        notes.append(msg("It is greyscale, so red, green and blue are given the same values."))
    if image.has_transparency_data:
        image, seen_through = _on_white(image)
        if seen_through:
            notes.append(msg("Its transparent parts were laid on white."))
    if image.mode == "CMYK":
        notes.append(msg("Its CMYK colours were converted to RGB."))
    if profile and image.mode in ("RGB", "CMYK"):
        image, profile_notes = _apply_profile(image, profile)
        notes += profile_notes
    # convert() would copy a picture that is RGB already.
    return (image if image.mode == "RGB" else image.convert("RGB")), tuple(notes)


def _stretch_range(image: Image.Image) -> tuple[Image.Image, Message]:
    low, high = np.inf, -np.inf
    for _, values in strips(image):
        finite = values[np.isfinite(values)]
        low, high = min(low, finite.min(initial=np.inf)), max(high, finite.max(initial=-np.inf))
    low, high = (float(low), float(high)) if low <= high else (0.0, 0.0)
    span = high - low if high > low else 1.0
    eight_bit = np.empty((image.height, image.width), np.uint8)
    for rows, values in strips(image):
        # NaN and the infinities carry no brightness: they become the darkest value.
        brightness = np.where(np.isfinite(values), values, low).astype(np.float64)
        eight_bit[rows] = np.rint((brightness - low) / span * 255)
    note = msg(
        "Its 32-bit values from {low:g} to {high:g} were stretched to 0 to 255.", low=low, high=high
    )
    return Image.fromarray(eight_bit), note


def _on_white(image: Image.Image) -> tuple[Image.Image, bool]:
    """The picture over white, and whether anything was transparent at all."""
    rgba = image if image.mode == "RGBA" else image.convert("RGBA")  # convert() would copy it
    alpha = rgba.getchannel("A")
    if alpha.getextrema()[0] == 255:
        return rgba.convert("RGB"), False
    white = Image.new("RGB", rgba.size, "white")
    white.paste(rgba, mask=alpha)
    return white, True


def _apply_profile(image: Image.Image, profile: bytes) -> tuple[Image.Image, list[Message]]:
    """From the embedded ICC profile to sRGB; colours stay as they are when it is broken."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(source):
            return image.convert("RGB"), []
        target = ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(image, source, target, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image, [msg("Its colour profile could not be used, so colours may be slightly off.")]
    assert converted is not None  # None only when converting in place
    return converted, [msg("Its colours were converted from its own colour profile to sRGB.")]
