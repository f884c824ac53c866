"""The bundled photos are there, unchanged, small, readable and credited."""

import hashlib

import numpy as np
import pytest

from rpn_core.errors import UserError
from rpn_core.photo.reader import read_photo
from rpn_core.photo.samples import FOLDER, sample_bytes, sample_pixels, samples

ALL = samples()


def test_there_are_enough_and_each_file_is_listed():
    assert len(ALL) >= 8
    assert {sample.file for sample in ALL} == {path.name for path in FOLDER.glob("*.jpg")}
    assert len({sample.name for sample in ALL}) == len(ALL)


def test_together_they_are_small():
    assert sum(len(sample_bytes(sample)) for sample in ALL) < 1.5e6


@pytest.mark.parametrize("sample", ALL, ids=lambda sample: sample.name)
def test_each_is_the_recorded_file_and_decodes(sample):
    photo, pixels = read_photo(sample_bytes(sample), sample.file)
    assert photo.sha256 == sample.sha256 == hashlib.sha256(sample_bytes(sample)).hexdigest()
    assert max(photo.hw) <= 900
    assert min(photo.hw) >= 64
    assert photo.name == sample.file
    np.testing.assert_array_equal(sample_pixels(sample.name), pixels)
    assert pixels.std() > 5  # not one flat colour


@pytest.mark.parametrize("sample", ALL, ids=lambda sample: sample.name)
def test_each_is_credited_and_says_what_to_look_at(sample):
    credits = (FOLDER / "CREDITS.md").read_text(encoding="utf-8")
    assert f"| `{sample.file}` |" in credits
    assert sample.credit
    assert sample.licence
    assert sample.title
    assert sample.source.startswith("http")
    assert str(sample.look_at).endswith((".", "?"))


def test_an_unknown_sample_is_named():
    with pytest.raises(UserError, match=r"no sample photo '\.\./secret': choose one of astronaut"):
        sample_pixels("../secret")
