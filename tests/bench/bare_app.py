"""The floor: one slider and an empty canvas. Nothing that runs on Streamlit answers sooner.

The canvas tells of its paint as the app's own does, so that both are measured by one clock.
"""

from __future__ import annotations

import streamlit as st

from tests.bench.scenes import SLIDER

_HTML = '<div class="root"><canvas width="900" height="640"></canvas></div>'
_JS = """export default function ({ parentElement, data }) {
  const root = parentElement.querySelector(".root");
  const canvas = root.querySelector("canvas");
  root.dataset.payloadId = data.value;
  root.dataset.photo = "ready";
  requestAnimationFrame(() => {
    canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
    const channel = new MessageChannel();
    channel.port1.onmessage = () => (root.dataset.paintedAt = performance.now());
    channel.port2.postMessage(null);
  });
}"""
_canvas = st.components.v2.component("bench_bare_canvas", html=_HTML, js=_JS)

st.set_page_config(layout="wide")
_canvas(key="bare", data={"value": st.slider(SLIDER, 0.25, 4.0, 1.0, 0.01)})
