"""A GPU that is lost and a disk that is full, as a visitor of the app meets them."""

from __future__ import annotations

import errno
import io
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest
import streamlit as st
import torch
from torch import nn

from pages._ui.frame import model_picker
from pages._ui.run import results
from rpn_core.models.load import load_model
from rpn_core.models.rpn import Rpn
from rpn_core.models.runtime import device_lost
from tests.app.app_run import AppRun
from tests.pictures import jpeg

OpenApp = Callable[..., AppRun]


class Card(nn.Module):
    """A network on a graphics card that is lost one day; "meta" is the name by which it goes."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        self.is_lost = False

    def forward(self, pixels: torch.Tensor) -> Any:
        if pixels.device.type != "meta":
            return self.network(pixels)
        if self.is_lost:
            raise RuntimeError("CUDA error: unspecified launch failure\nCUDA kernel errors might")
        return self.network(torch.zeros(pixels.shape))

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(super().__getattr__("network"), name)


@pytest.fixture
def cards(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Card]]:
    """Models are loaded on a card that computes on the CPU; each card that was made."""
    made: list[Card] = []

    def load(name: str, device: str, checkpoint: bytes | None) -> Rpn:
        rpn = load_model(name, "cpu", checkpoint)
        if device == "cpu":
            return rpn
        made.append(Card(rpn.network))
        return replace(rpn, network=made[-1], device=torch.device("meta"), dtype=torch.float32)

    monkeypatch.setattr(device_lost, "_lost", set())
    monkeypatch.setattr(model_picker, "load_model", load)
    st.cache_resource.clear()
    yield made
    st.cache_resource.clear()


def test_a_gpu_that_is_lost_mid_session_is_named_and_the_cpu_goes_on(
    open_app: OpenApp, cards: list[Card]
) -> None:
    app = open_app()
    assert app.complaints == []
    cards[-1].is_lost = True
    app.set("nms.nms_thresh", 0.5)  # needs no pass
    assert app.complaints == []
    app.set("photo_upload", ("garden.jpg", jpeg(320, 200), "image/jpeg"))
    said = "META stopped working, so the CPU was used."
    assert app.complaints == [said]
    assert app.recomputed["network"]
    assert app.settings.nms.nms_thresh == 0.5
    assert app.bench.photo.name == "garden.jpg"
    app.set("nms.nms_thresh", 0.6)
    assert app.complaints == [said]
    assert not app.recomputed["network"]
    newcomer = open_app(photo="coins")
    assert newcomer.complaints == [said]


def test_a_gpu_that_is_lost_with_a_photo_s_features_on_it_is_replaced_as_well(
    open_app: OpenApp, cards: list[Card], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_app()
    cards[-1].is_lost = True
    levels = Rpn._levels

    def gone(self: Rpn, *args: Any) -> Any:
        if self.device.type == "meta":
            raise RuntimeError("CUDA error: an illegal memory access was encountered")
        return levels(self, *args)

    monkeypatch.setattr(Rpn, "_levels", gone)
    app.set("anchors.size_factor", 1.5)
    assert app.complaints == ["META stopped working, so the CPU was used."]
    app.set("device", "cpu")
    assert app.complaints == []
    assert app.recomputed["network"]
    assert app.settings.anchors.size_factor == 1.5


class Weights(io.BytesIO):
    """A download of a megabyte."""

    headers = MappingProxyType({"Content-Length": str(1 << 20)})


def test_a_disk_that_is_full_is_named_and_the_model_stays(
    app: AppRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(urllib.request, "urlopen", lambda *_, **__: Weights(bytes(1 << 20)))

    def full(*_: Any, **__: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as while_full:
        while_full.setattr(tempfile, "NamedTemporaryFile", full)
        app.set("model", "fasterrcnn_mobilenet_v3_large_320_fpn")
    (sentence,) = app.complaints
    assert "No space left on device" in sentence
    assert sentence.endswith("Still in use: Lite0-FPN, any anchor.")
    app.set("photo_upload", ("garden.jpg", jpeg(320, 200), "image/jpeg"))
    assert app.recomputed["network"]
    app.set("model", "lite0-fpn")
    assert app.complaints == []


def test_a_page_that_failed_once_works_again_with_every_setting_as_it_was(
    app: AppRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.set("nms.nms_thresh", 0.5)
    app.set("photo_upload", ("garden.jpg", jpeg(320, 200), "image/jpeg"))

    def fail(*_: Any) -> Any:
        raise RuntimeError("nobody thought of this")

    with monkeypatch.context() as while_broken:
        while_broken.setattr(results, "compute", fail)
        app.test.run()
    assert len(app.test.exception) == 1  # its words are in the log only
    app.test.run()
    app.must_be_whole()
    assert app.settings.nms.nms_thresh == app.value("nms.nms_thresh") == 0.5
    assert app.bench.photo.name == "garden.jpg"
