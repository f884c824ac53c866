"""A GPU that is lost after the network: the visitor need not do anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import streamlit as st
import torch

from pages._ui.frame import model_picker
from rpn_core.models.load import load_model
from rpn_core.models.rpn import Rpn
from rpn_core.models.runtime import device_lost
from rpn_core.stages.network_input import NetworkInput
from tests.app.app_run import AppRun


@pytest.mark.parametrize("page", ["explore", "nms", "targets"])
def test_the_cpu_takes_over_by_itself_and_says_so(
    open_app: Callable[..., AppRun], monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    """ "meta" stands in for the GPU: it computes on the CPU, until its head is gone."""
    feature_maps, levels = Rpn.feature_maps, Rpn._levels
    lost: list[bool] = []

    def network(self: Rpn, network_input: NetworkInput) -> Any:
        return feature_maps(replace(self, device=torch.device("cpu")), network_input)

    def head(self: Rpn, *args: Any) -> Any:
        if lost and self.device.type == "meta":
            raise RuntimeError("CUDA error: an illegal memory access was encountered")
        return levels(self, *args)

    def load(*args: Any) -> Rpn:
        return replace(load_model(*args), device=torch.device("meta"), dtype=torch.float32)

    monkeypatch.setattr(Rpn, "feature_maps", network)
    monkeypatch.setattr(Rpn, "_levels", head)
    monkeypatch.setattr(Rpn, "moved", lambda self, device, dtype: replace(self, device=device))
    monkeypatch.setattr(device_lost, "_lost", set())
    monkeypatch.setattr(model_picker, "load_model", load)
    st.cache_resource.clear()
    try:
        app = open_app()
        app.test.switch_page(f"pages/{page}.py").run()
        app.must_be_whole()
        assert app.complaints == []
        lost.append(True)
        app.set("anchors.size_factor", 1.5)
        said = "META stopped working, so the CPU was used."
        assert app.complaints == [said]
        assert app.settings.anchors.size_factor == 1.5
        app.set("anchors.size_factor", 1.25)  # the network need not run for it
        assert app.complaints == [said]
        assert not app.recomputed["network"]
        app.set(
            "anchors.size_factor", 1.0
        )  # what the GPU had made is not mixed with what the CPU makes
        assert app.recomputed["head"]
    finally:
        st.cache_resource.clear()
