"""A full disk, a folder that may only be read, a budget that is no number: the app goes on."""

from __future__ import annotations

import errno
import importlib
import io
import logging
import sys
import tempfile
import urllib.request

import numpy as np
import pytest

from pages._ui.run.budget import LEAST_MB, budget_bytes
from rpn_core.errors import UserError
from rpn_core.geometry import compiled as compiled_module
from rpn_core.geometry.compiled import compiled
from rpn_core.models.catalogue.table import CARDS
from rpn_core.models.weights.weights_file import fetch_weights, weights_path


def full(*_, **__):
    raise OSError(errno.ENOSPC, "No space left on device")


def triple(values):
    total = 0.0
    for value in values:
        total += 3 * value
    return total


def test_a_compiled_loop_runs_when_the_disk_is_full(caplog, monkeypatch):
    dispatcher = compiled(nogil=True)(triple)
    monkeypatch.setattr(type(dispatcher._cache), "_save_overload", full)
    monkeypatch.setattr(type(dispatcher._cache), "_load_overload", lambda *_: None)
    with caplog.at_level(logging.WARNING, compiled_module.__name__):
        assert dispatcher(np.arange(4.0)) == 18
    assert "triple could not be kept on disk" in caplog.text


def test_a_compiled_loop_runs_where_nothing_may_be_written(caplog, monkeypatch):
    monkeypatch.setattr("numba.core.caching._CacheLocator.ensure_cache_path", full)
    with caplog.at_level(logging.WARNING, compiled_module.__name__):
        dispatcher = compiled()(triple)
    assert dispatcher(np.arange(4.0)) == 18
    assert "triple is not kept on disk" in caplog.text


def test_a_loop_is_compiled_anew_when_a_function_has_changed_that_it_calls(monkeypatch, tmp_path):
    (tmp_path / "loop_outside.py").write_text(
        "from loop_inside import more\nfrom rpn_core.geometry.compiled import compiled\n"
        "@compiled()\ndef loop(x):\n    return below(x)\n"
        "@compiled()\ndef below(x):\n    return more(x)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)

    def made_with(source: str):
        (tmp_path / "loop_inside.py").write_text(
            "from rpn_core.geometry.compiled import inlined\n@inlined\n" + source
        )
        for name in ("loop_inside", "loop_outside"):
            sys.modules.pop(name, None)
        importlib.invalidate_caches()
        return importlib.import_module("loop_outside").loop

    first = "def more(x):\n    return x + 1\n"
    assert made_with(first)(1) == 2
    assert made_with("def more(x):\n    return x + 20\n")(1) == 21
    again = made_with("def more(x):\n    return x + 20\n")
    assert again(1) == 21
    for name in ("loop_inside", "loop_outside"):
        sys.modules.pop(name, None)


class Response(io.BytesIO):
    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.headers = {"Content-Length": str(len(content))}


def test_a_disk_that_fills_up_during_a_download_is_one_sentence_and_leaves_nothing(
    monkeypatch, tmp_path
):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(urllib.request, "urlopen", lambda *_, **__: Response(bytes(1 << 20)))
    named = tempfile.NamedTemporaryFile

    def filling(*args, **options):
        file = named(*args, **options)
        write, written = file.file.write, []

        def limited(chunk):
            written.append(chunk)
            return full() if len(written) > 2 else write(chunk)

        monkeypatch.setattr(file, "write", limited)
        return file

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", filling)
    card = CARDS["fasterrcnn_mobilenet_v3_large_320_fpn"]
    with pytest.raises(UserError, match="No space left on device") as refused:
        fetch_weights(card)
    assert "\n" not in str(refused.value)
    folder = weights_path(card).parent
    assert [path.name for path in folder.iterdir()] == []


@pytest.mark.parametrize(
    ("text", "megabytes"),
    [("", 1000), ("250", 250), (" 64 ", 64), (str(LEAST_MB), LEAST_MB), ("999999", 999_999)],
)
def test_the_budget_of_the_cache(text, megabytes):
    assert budget_bytes({"RPN_CACHE_MB": text}) == megabytes * 10**6


@pytest.mark.parametrize("text", [str(LEAST_MB - 1), "0", "-5", "1e3", "all", "²", "9" * 5000])
def test_a_budget_that_is_none_is_told_and_the_default_holds(text, caplog):
    assert budget_bytes({"RPN_CACHE_MB": text}) == 1000 * 10**6
    assert "RPN_CACHE_MB" in caplog.text
