"""Weights: where they are looked for, fetched, checked, and what is said when they are not had."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import textwrap
import urllib.error
import urllib.request
from dataclasses import replace

import pytest
import torch
from safetensors.torch import save

from rpn_core.errors import UserError
from rpn_core.models.catalogue import table
from rpn_core.models.catalogue.card import WeightsKind
from rpn_core.models.catalogue.table import CARDS, DEFAULT_MODEL
from rpn_core.models.load import load_model
from rpn_core.models.networks.build import build_network
from rpn_core.models.networks.trainable import model_card
from rpn_core.models.rpn import WeightsState
from rpn_core.models.weights.states import Availability, model_states
from rpn_core.models.weights.weights_file import fetch_weights, weights_path

DETECTOR = "fasterrcnn_mobilenet_v3_large_320_fpn"
FILE = "fasterrcnn_mobilenet_v3_large_320_fpn-907ea3f9.pth"


@pytest.fixture(autouse=True)
def torch_home(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    return tmp_path / "torch" / "hub" / "checkpoints"


@pytest.fixture(scope="module")
def detector_file():
    """A file in the form of torchvision's: the whole detector, here with random weights."""
    torch.manual_seed(0)
    file = io.BytesIO()
    torch.save(build_network(DETECTOR).state_dict() | {"roi_heads.a": torch.zeros(1)}, file)
    return file.getvalue()


@pytest.fixture
def published(detector_file, tmp_path, monkeypatch):
    """The model's card, with a local "server" that holds the random weights."""
    served = tmp_path / "server" / FILE
    served.parent.mkdir()
    served.write_bytes(detector_file)
    digest = hashlib.sha256(detector_file).hexdigest()
    card = replace(CARDS[DETECTOR], weights_file=served.as_uri(), sha256=digest[:8])
    monkeypatch.setitem(CARDS, DETECTOR, card)
    return card


@pytest.fixture
def offline(monkeypatch):
    def refuse(*_, **__):
        raise urllib.error.URLError("Name or service not known")

    monkeypatch.setattr(urllib.request, "urlopen", refuse)


def test_a_detector_is_downloaded_once_with_progress(published, torch_home, detector_file):
    seen = []
    rpn = load_model(DETECTOR, "cpu", progress=lambda done, total: seen.append((done, total)))
    assert rpn.state is WeightsState.DOWNLOADED
    assert rpn.notes == ()
    assert (torch_home / FILE).read_bytes() == detector_file
    assert list(torch_home.iterdir()) == [torch_home / FILE]  # no partial file is left
    assert len(seen) > 10
    assert seen == sorted(seen)
    assert seen[-1] == (len(detector_file), len(detector_file))

    seen.clear()
    fetch_weights(published, lambda *step: seen.append(step))
    assert seen == []


def test_loading_keeps_the_backbone_and_the_rpn_only(published):
    rpn = load_model(DETECTOR, "cpu")
    names = rpn.network.state_dict()
    assert {name.split(".")[0] for name in names} == {"backbone", "rpn"}
    assert not any(p.requires_grad for p in rpn.network.parameters())
    assert not any(m.training for m in rpn.network.modules())
    assert {p.device.type for p in rpn.network.parameters()} == {"cpu"}


def test_offline_the_file_is_named_and_its_folder_only_in_the_log(offline, torch_home, caplog):
    with pytest.raises(UserError, match="Name or service not known") as refused:
        load_model(DETECTOR, "cpu")
    assert f"put {FILE} (from https://download.pytorch.org/models/{FILE})" in str(refused.value)
    assert str(torch_home) not in str(refused.value)
    assert str(torch_home) in caplog.text
    assert list(torch_home.iterdir()) == []


def test_a_file_put_there_by_hand_is_used_offline(published, offline, torch_home, detector_file):
    torch_home.mkdir(parents=True)
    (torch_home / FILE).write_bytes(detector_file)
    assert load_model(DETECTOR, "cpu").state is WeightsState.DOWNLOADED


def test_a_damaged_file_is_refused_by_its_digest(published, torch_home, detector_file, caplog):
    torch_home.mkdir(parents=True)
    (torch_home / FILE).write_bytes(detector_file[:-1] + b"?")
    with pytest.raises(
        UserError, match=f"of {FILE} .*{published.sha256}.*delete the file"
    ) as refused:
        load_model(DETECTOR, "cpu")
    assert str(torch_home) not in str(refused.value)
    assert str(torch_home / FILE) in caplog.text


def test_a_folder_that_cannot_be_written_to_is_not_named(published, torch_home):
    torch_home.parent.mkdir(parents=True)
    torch_home.touch()  # a file where the folder belongs
    with pytest.raises(UserError, match=r"\(File exists\)") as refused:
        load_model(DETECTOR, "cpu")
    assert str(torch_home.parent) not in str(refused.value)


def test_a_download_that_breaks_off_leaves_nothing(published, torch_home, monkeypatch):
    class Half(io.BytesIO):
        headers = {"Content-Length": "100"}  # noqa: RUF012

    monkeypatch.setattr(urllib.request, "urlopen", lambda *_, **__: Half(bytes(50)))
    with pytest.raises(UserError, match="only 50 of 100 bytes came"):
        fetch_weights(published)
    assert list(torch_home.iterdir()) == []


def test_a_visitor_who_leaves_during_a_download_leaves_nothing(published, torch_home):
    class Left(Exception):
        pass

    def leave(*_):
        raise Left

    with pytest.raises(Left):
        fetch_weights(published, leave)
    assert list(torch_home.iterdir()) == []


def test_missing_bundled_weights_are_said(monkeypatch, tmp_path):
    monkeypatch.setattr("rpn_core.models.weights.weights_file.ROOT", tmp_path)
    with pytest.raises(UserError, match="lite0-fpn are missing: assets/models/lite0-fpn"):
        load_model("lite0-fpn", "cpu")


def test_a_checkpoint_of_one_s_own_replaces_the_weights(offline, detector_file):
    rpn = load_model(DETECTOR, "cpu", checkpoint=detector_file)
    assert rpn.state is WeightsState.OWN_CHECKPOINT
    assert rpn.state.trained
    assert "roi_heads.a" in str(rpn.notes[0])


def test_a_checkpoint_of_another_model_names_the_tensor(detector_file):
    with pytest.raises(
        UserError, match=r"does not fit vgg16: rpn\.head\.conv\.0\.0\.weight has shape"
    ):
        load_model("vgg16", "cpu", checkpoint=detector_file)


def test_vgg16_is_untrained_and_asks_for_no_network(offline):
    rpn = load_model("vgg16", "cpu")
    assert rpn.state is WeightsState.UNTRAINED
    assert not rpn.state.trained


@pytest.mark.parametrize("name", [name for name in CARDS if "rcnn" in name])
def test_building_a_detector_never_downloads(offline, name):
    with torch.device("meta"):
        build_network(name)


def test_states_follow_the_disk(torch_home, tmp_path, monkeypatch):
    def availability():
        return {state.card.name: state.availability for state in model_states()}

    assert list(availability()) == list(CARDS)
    assert availability()["vgg16"] is Availability.UNTRAINED
    assert availability()[DETECTOR] is Availability.TO_DOWNLOAD
    torch_home.mkdir(parents=True)
    (torch_home / FILE).touch()
    assert availability()[DETECTOR] is Availability.CACHED

    monkeypatch.setattr("rpn_core.models.weights.weights_file.ROOT", tmp_path)
    assert availability()["lite0-fpn"] is Availability.MISSING
    bundled = weights_path(CARDS["lite0-fpn"])
    bundled.parent.mkdir(parents=True)
    bundled.touch()
    assert availability()["lite0-fpn"] is Availability.BUNDLED


def test_the_table_is_consistent():
    assert DEFAULT_MODEL in CARDS
    for name, card in CARDS.items():
        assert card.name == name
        assert len(card.strides) == len(card.own_settings.anchors.sizes)
        assert (card.weights_file is None) == (card.weights_kind is WeightsKind.NONE)
    with pytest.raises(UserError, match="no model 'yolo': choose one of lite0-fpn, "):
        model_card("yolo")


def test_the_bundled_digest_is_read_from_the_card_beside_the_weights(tmp_path, monkeypatch):
    monkeypatch.setattr(table, "ROOT", tmp_path)
    assert table._bundled_facts("w.safetensors") == {}
    (tmp_path / "w.json").write_text('{"sha256": "abc"}')
    assert table._bundled_facts("w.safetensors") == {"sha256": "abc"}


def _python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=table.ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_importing_the_interface_imports_no_network_library():
    heavy = _python(
        """
        import sys
        import rpn_core.models.load, rpn_core.models.scoring, rpn_core.models.weights.states
        import rpn_core.models.fallback
        print([name for name in ("timm", "torchvision", "safetensors") if name in sys.modules])
        """
    )
    assert heavy == "[]"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            'raise RuntimeError("operator torchvision::nms does not exist")',
            "do not match",
        ),
        ('raise ModuleNotFoundError("No module", name="PIL")', "package is missing (PIL)"),
    ],
    ids=["another torch", "no package"],
)
def test_a_torchvision_that_cannot_be_imported_is_explained(tmp_path, body, words):
    (tmp_path / "torchvision").mkdir()
    (tmp_path / "torchvision" / "__init__.py").write_text(body)
    said = _python(
        f"""
        import sys
        sys.path.insert(0, {str(tmp_path)!r})
        from rpn_core.errors import UserError
        from rpn_core.models.load import load_model
        try:
            load_model("vgg16", "cpu")
        except UserError as error:
            print(error)
        """
    )
    assert words in said
    assert "pip install" in said
    assert "requirements.txt" in said


@pytest.mark.parametrize("prefix", ["_orig_mod.", "model.", "module._orig_mod.", "ema.module."])
def test_a_right_model_under_a_prefix_is_loaded(prefix):
    wanted = build_network("lite0-fpn").state_dict()
    state = {f"{prefix}{name}": tensor for name, tensor in wanted.items()}
    rpn = load_model("lite0-fpn", "cpu", save(state))
    loaded = rpn.network.state_dict()
    assert all(torch.equal(loaded[name], tensor.float()) for name, tensor in wanted.items())
    assert rpn.notes == ()


def test_the_weights_of_another_model_name_it_and_its_prefix():
    state = build_network("lite0-c4").state_dict()
    with pytest.raises(UserError, match="these are the weights of lite0-c4, so choose that model"):
        load_model("lite0-fpn", "cpu", save(state))
    under = {f"net.{name}": tensor for name, tensor in state.items()}
    words = "these are the weights of lite0-c4 under the prefix 'net.', so choose that model"
    with pytest.raises(UserError, match=words):
        load_model("lite0-fpn", "cpu", save(under))
