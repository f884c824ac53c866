"""Another model, its scores' meaning, and weights that cannot be had."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save

from pages._ui.canvas import box_canvas as canvas
from pages._ui.scene.scene import Scene
from pages._ui.scene.selection import CanvasResult
from rpn_core.models.networks.build import build_network
from rpn_core.models.scoring import Meaning
from tests.app.app_run import AppRun
from tests.pictures import jpeg

OpenApp = Callable[..., AppRun]
TITLE = "Lite0-FPN, any anchor"


def upload_weights(app: AppRun, name: str, content: bytes) -> None:
    app.set("weights_upload", (name, content, "application/octet-stream"))


@pytest.fixture
def scenes(monkeypatch: pytest.MonkeyPatch) -> list[Scene]:
    """What was given to the picture, run by run: AppTest cannot look into a component."""
    given: list[Scene] = []
    draw = canvas.box_canvas

    def recorded(scene: Scene, **options: Any) -> CanvasResult:
        given.append(scene)
        return draw(scene, **options)

    monkeypatch.setattr(canvas, "box_canvas", recorded)
    return given


def test_vgg16_is_untrained_and_shows_the_papers_anchors_without_scores(
    open_app: OpenApp, scenes: list[Scene]
) -> None:
    app = open_app(model="vgg16", preset="paper 2015")
    app.set("photo_upload", ("photo.jpg", jpeg(800, 600), "image/jpeg"))
    (metric,) = app.test.metric
    assert (metric.label, metric.value) == ("Anchors", "16,650")
    assert str(scenes[-1].score_note) == str(Meaning.UNTRAINED.sentence)
    assert scenes[-1].outcome is None
    assert list(app.recomputed) == ["network", "anchors", "head", "picture"]
    app.set("panel", "keep")
    assert any("No proposals to download" in caption.value for caption in app.test.caption)


def test_offline_a_download_is_explained_and_the_model_stays(app: AppRun) -> None:
    before = app.bench.model_key
    app.set("model", "fasterrcnn_mobilenet_v3_large_320_fpn")
    (sentence,) = app.complaints
    assert "could not be downloaded (no connection)" in sentence
    assert "connect and try again, or put" in sentence
    assert sentence.endswith(f"Still in use: {TITLE}.")
    assert app.bench.model_key == before
    assert not any(app.recomputed.values())
    app.click("model_retry")
    (again,) = app.complaints
    assert again == sentence
    app.set("model", "lite0-fpn")
    assert app.complaints == []


def test_a_link_to_a_model_that_is_not_here_opens_the_bundled_one(open_app: OpenApp) -> None:
    app = open_app(model="maskrcnn_resnet50_fpn")
    (sentence,) = app.complaints
    assert "could not be downloaded" in sentence
    assert str(app.bench.rpn.card.title) == TITLE


class _Hostile:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (eval, ("__import__('pathlib').Path('hostile-was-here').touch()",))


def _hostile_zip() -> bytes:
    buffer = io.BytesIO()
    torch.save({"model": _Hostile()}, buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "part"),
    [
        ("a.pth", _hostile_zip(), "holds more than tensors"),
        ("a.pth", pickle.dumps(_Hostile()), "holds more than tensors"),
        ("a.pth", b"just text", "cannot be read"),
        ("a.safetensors", b"\x08\0\0\0\0\0\0\0{broken", "truncated .safetensors"),
        ("a.safetensors", save({"head.bias": torch.zeros(3)}), "is missing"),
    ],
    ids=["hostile zip", "hostile pickle", "text", "damaged header", "another network"],
)
def test_a_bad_checkpoint_is_explained_and_the_model_stays(
    app: AppRun, name: str, content: bytes, part: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    before = app.bench.model_key
    upload_weights(app, name, content)
    (sentence,) = app.complaints
    assert part in sentence
    assert sentence.endswith(f"Still in use: {TITLE}.")
    assert app.bench.model_key == before
    assert not Path("hostile-was-here").exists()


def test_a_tensor_of_another_shape_is_named(app: AppRun) -> None:
    state = {
        name: tensor.contiguous() for name, tensor in app.bench.rpn.network.state_dict().items()
    }
    name = next(iter(state))
    upload_weights(app, "wide.safetensors", save(state | {name: torch.zeros(1, 2)}))
    (sentence,) = app.complaints
    assert f"{name} has shape (1, 2), but {tuple(state[name].shape)} is expected" in sentence


def test_a_checkpoint_of_ones_own_then_borrowed_scores_then_geometry(
    open_app: OpenApp, scenes: list[Scene]
) -> None:
    app = open_app(model="vgg16", min="64", max="64")
    torch.manual_seed(1)
    upload_weights(app, "mine.safetensors", save(build_network("vgg16").state_dict()))
    assert app.complaints == []
    assert (scenes[-1].score_note, scenes[-1].outcome is None) == ("", False)
    app.set("anchors.aspect_ratios.all", ["0.5", "1", "3"])
    assert str(scenes[-1].score_note) == str(Meaning.BORROWED.sentence)
    assert scenes[-1].outcome is not None
    app.set("head.foreign_anchors", "geometry")
    assert str(scenes[-1].score_note) == str(Meaning.GEOMETRY_ONLY.sentence)
    assert scenes[-1].outcome is None


def test_settings_made_by_hand_after_the_network_follow_to_another_model(app: AppRun) -> None:
    app.set("nms.nms_thresh", 0.3)
    app.set("anchors.size_factor", 2.0)
    app.set("model", "vgg16")
    assert app.settings.nms.nms_thresh == 0.3
    assert app.settings.anchors.size_factor == 1.0
    assert app.settings.anchors.sizes == ((128, 256, 512),)
