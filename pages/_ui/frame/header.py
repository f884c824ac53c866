"""The line above the picture: what runs where, how long each stage took, what was recomputed."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages._ui.frame.model_card import show_model_card
from pages._ui.run.results import Results
from pages._ui.state.slot import slotted
from pages._ui.state.workbench import Workbench
from rpn_core.messages import tr
from rpn_core.models.fallback import ForwardResult


def draw_header(bench: Workbench, results: Results) -> None:
    """Name what proposes, of a model its weights, device and precision; then a badge a stage.

    A green badge was computed in this run; a grey one is a kept result, with the time that it
    took when it was computed.
    """
    line = st.container(horizontal=True, vertical_alignment="center", gap="small")
    if results.forward is None:
        line.markdown(tr("**{model}**", model=bench.proposer.name), width="content")
    else:
        _name_model(line, results.forward)
    badges = [
        tr(
            ":{colour}-badge[{stage} {time}]",
            colour="green" if run.recomputed else "gray",
            stage=run.stage.label,
            time=_time(run.seconds),
        )
        for run in results.run.log
        if run.stage.label is not None
    ]
    st.markdown(
        " ".join(badges),
        help=tr(
            "Green: computed in this run. Grey: kept from an earlier run, with the time that it "
            "took then. A setting recomputes only the stages after it."
        ),
    )


def _name_model(line: DeltaGenerator, forward: ForwardResult) -> None:
    """Of whatever ran, which after a fallback is not what was asked for."""
    rpn = forward.rpn
    height, width = forward.network_input.image_hw
    line.markdown(
        tr(
            "**{model}** :{colour}[{state}] · {device}, {dtype} · network input {width} × "
            "{height} px",
            model=rpn.card.title,
            colour="green" if rpn.state.trained else "red",
            state=rpn.state.sentence,
            device=_device(rpn.device.type),
            dtype=str(rpn.dtype).removeprefix("torch."),
            width=width,
            height=height,
        ),
        width="content",
    )
    if line.button(tr("Model card"), key=slotted("model_card"), type="tertiary"):
        show_model_card(rpn.card)


def _device(kind: str) -> str:
    return {"cpu": "CPU", "cuda": tr("GPU (CUDA)"), "mps": tr("GPU (MPS)")}.get(kind, kind)


def _time(seconds: float) -> str:
    """
    >>> _time(0.00034), _time(0.0123), _time(1.234)
    ('0.3 ms', '12 ms', '1.2 s')
    """
    milliseconds = 1000 * seconds
    if milliseconds >= 1000:
        return f"{milliseconds / 1000:.1f} s"
    return f"{milliseconds:.1f} ms" if milliseconds < 10 else f"{milliseconds:.0f} ms"
