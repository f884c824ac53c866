"""Inputs with which fuzzing broke a reader once; each is read, or refused in one sentence."""

from __future__ import annotations

import base64
import importlib
import time

import pytest

from tests.hostile_files import refusal

MAX_SECONDS = 6.0  # a machine that tests may be slower than one that fuzzes
# What it did, the harness (tests/fuzz) that found it, and the input.
FOUND = [
    pytest.param(
        "labels",
        "BVBLAwQUAAAACAA1OHhdf/y7m2L14MnT7gwzw8yM1GtrRjzBeUsBAvgAUEsBAhQDFAAAAAgANTh4XX/Lr1WUAAAACAEA"
        "AAYAAAAAAP////8AAIABAAAAAHguanNvblBLAQIUAxQAAAA4ADmMCDV4XTp4EgAAABAAAAAJAAAAAAAAAAAAAAC4AAEA"
        "gGQAYXRhLnlhbWxQSwUGAAAAAAIAAgBrAAAA8QAAAAAA",
        id="IndexError: an entry of a zip without a name",
    ),
    pytest.param(
        "photo",
        "SUkqAAgAAAALAAABBAABAAAACQAAAAEBBAABAAAABwBAAAIBAwABAAAAIAAAAAMBAwABAAAAAQAAAAYBAwABAAAA"
        "AQAAABEBBAABAAAAkgAAABIBAwABAAACBgAAABYBBAABAAAABwAAABcBBAABAAAA/AAAABwBAwABAAAAAQAAAFMB"
        "AwABAAAAAwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACAAAAAAAAAAAAA"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        "AAA=",
        id="17 s: a TIFF of 9 x 4,194,311 pixels, gone through row by row",
    ),
]


@pytest.mark.filterwarnings("ignore")  # Pillow warns of odd metadata; that is no failure
@pytest.mark.parametrize(("kind", "encoded"), FOUND)
def test_what_fuzzing_found_stays_mended(kind, encoded):
    read = importlib.import_module(f"tests.fuzz.fuzz_{kind}").read
    data = base64.b64decode(encoded)
    started = time.thread_time()
    sentence = refusal(lambda: read(data))
    assert time.thread_time() - started < MAX_SECONDS
    assert "\n" not in sentence
