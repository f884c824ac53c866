"""The page that one writes first: Plotly draws the boxes, and each tick of the slider runs it all.

Same model, photo, anchors and settings as the app, from the same links; only the ways differ. It
is not careless: the model is cached, and all boxes of a kind are one line trace with NaN gaps,
which is Plotly's fastest way (one shape a box, or WebGL without a GPU, take longer).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import plotly.express as px
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray
from torch import Tensor
from torchvision.ops import batched_nms

from rpn_core.geometry.box_coder import decode
from rpn_core.models.load import load_model
from rpn_core.models.rpn import Rpn
from rpn_core.photo.samples import sample_pixels
from rpn_core.settings.url import from_query
from rpn_core.stages.network_input import prepare_input
from tests.bench.scenes import SAMPLE, SLIDER
from tests.predictions import select_from


@st.cache_resource
def model() -> Rpn:
    return load_model("lite0-fpn")


def outlines(boxes: Tensor) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(N, 4) xyxy -> x and y of closed outlines with a NaN after each."""
    x1, y1, x2, y2 = boxes.numpy().T
    gap = np.full_like(x1, np.nan)
    return np.stack((x1, x2, x2, x1, x1, gap), 1).ravel(), np.stack(
        (y1, y1, y2, y2, y1, gap), 1
    ).ravel()


def trace(boxes: Tensor, name: str, colour: str) -> go.Scatter:
    x, y = outlines(boxes)
    return go.Scatter(x=x, y=y, mode="lines", name=name, line={"color": colour, "width": 1})


def propose(factor: float) -> go.Figure:
    rpn, rgb = model(), sample_pixels(SAMPLE)
    settings, _ = from_query(st.query_params.to_dict(), rpn.card.own_settings)
    network_input = prepare_input(rgb, settings.input, rpn.card.preprocess)
    features = rpn.feature_maps(network_input)
    anchors = rpn.lay_anchors(features, replace(settings.anchors, size_factor=factor))
    outputs = rpn.head_outputs(features, anchors)
    decoded = decode(anchors.boxes, outputs.deltas)
    chosen = select_from(
        anchors, decoded, outputs.objectness_logits, network_input.image_hw, settings.selection
    )
    left = chosen.candidates
    kept = batched_nms(
        chosen.boxes[left], chosen.scores[left], anchors.level[left], settings.nms.nms_thresh
    )
    proposals = chosen.boxes[left[kept[: settings.nms.post_nms_top_n]]]
    to_original = decoded.new_tensor([*network_input.frame.factors] * 2)
    figure = px.imshow(rgb)
    figure.add_trace(trace(anchors.boxes * to_original, "anchors", "#56b4e9"))
    figure.add_trace(trace(proposals * to_original, "proposals", "#d55e00"))
    figure.update_layout(height=640)
    return figure


st.set_page_config(layout="wide")
st.plotly_chart(propose(st.slider(SLIDER, 0.25, 4.0, 1.0, 0.01)), key="picture")
