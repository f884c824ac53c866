"""Files that are taken for a checkpoint and are something else: each by its true name."""

from __future__ import annotations

from rpn_core.messages import Message, msg

_ZIP, _ZIP_END = b"PK\x03\x04", b"PK\x05\x06"
_ZIP_END_BYTES = 22 + (1 << 16)  # the record that ends a zip, with the longest comment
_BY_START: tuple[tuple[bytes, Message], ...] = (
    (
        b"version https://git-lfs",
        msg("it is a pointer of Git LFS, which stands for the file: run `git lfs pull`"),
    ),
    (b"\x1f\x8b", msg("it is packed with gzip: unpack it, and give what was in it")),
    (b"\x89HDF", msg("it is an HDF5 file, as Keras writes: export the weights from PyTorch")),
    (b"\xff\xd8\xff", msg("it is a picture: give a .safetensors, .pth or .pt file")),
    (b"\x89PNG", msg("it is a picture: give a .safetensors, .pth or .pt file")),
)
_MARKUP = msg(
    "it is an HTML page, as a download page or a failed download leaves it: download the file "
    "itself"
)
_JSON = msg("it is JSON, a text: give a .safetensors, .pth or .pt file")
_CUT = msg("it is cut short: copy or download it again")
_OTHER_ZIP = msg("it is a zip of other files: unpack it, and give the weights that are in it")


def why_no_weights(data: bytes) -> Message | None:
    """What a file that could not be read as a checkpoint is; None where its bytes do not tell."""
    for start, told in _BY_START:
        if data.startswith(start):
            return told
    text = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype", b"<html", b"<?xml", b"<head")):
        return _MARKUP
    if text[:1] in (b"{", b"["):
        return _JSON
    if data.startswith(_ZIP):
        if _ZIP_END not in data[-_ZIP_END_BYTES:]:
            return _CUT
        return None if b"/data.pkl" in data else _OTHER_ZIP
    return None


def cut_safetensors(data: bytes) -> bool:
    """Whether the file ends before what its header lists does."""
    import json

    header = int.from_bytes(data[:8], "little")
    if len(data) < 8 + header:
        return True
    try:
        entries = json.loads(data[8 : 8 + header])
        ends = [row["data_offsets"][1] for name, row in entries.items() if name != "__metadata__"]
        return len(data) < 8 + header + max(ends, default=0)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
        return False
