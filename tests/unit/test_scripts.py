"""The scripts of the components: modules that fit together, and whose pure parts are right."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

from pages._ui.canvas import assets
from pages._ui.scripts import join as joiner
from pages._ui.scripts import words
from pages._ui.scripts.join import join, modules, read_module
from rpn_core.anchors.lay import lay_anchors
from rpn_core.settings import AnchorSettings, Shapes
from tests.node import ROOT, evaluate, run_node
from tests.unit.test_script_words import Polish

UI = ROOT / "pages" / "_ui"
CANVAS = UI / "canvas" / "js"
ENTRIES = (
    CANVAS / "main.js",
    CANVAS / "door.js",
    UI / "targets" / "threshold_histogram" / "histogram.js",
)
SCRIPTS = sorted(UI.rglob("*.js"))
TESTS = sorted((ROOT / "tests" / "js").glob("*.test.js"))


@pytest.mark.parametrize("suite", TESTS, ids=lambda path: path.name)
def test_pure_parts_without_a_browser(suite: Path) -> None:
    done = run_node("--test", str(suite))
    assert done.returncode == 0, done.stdout + done.stderr
    passed = re.search(r"^(?:#|ℹ) pass (\d+)$", done.stdout, re.MULTILINE)
    assert passed is not None
    assert int(passed[1]) > 0


@pytest.mark.parametrize("convention", ["torchvision", "detectron2"])
@pytest.mark.parametrize("offset", [0.0, 0.35, 0.5])
@pytest.mark.parametrize("shapes", [(), (((10, 13), (16.3, 30)), ((7, 7),), ())])
def test_browser_lays_the_very_same_anchors(
    convention: str, offset: float, shapes: tuple[Shapes, ...]
) -> None:
    settings = AnchorSettings(
        sizes=((10, 33.3), (), (70,)),
        aspect_ratios=((0.37, 1, 2.9), (1,), (0.5, 3)),
        offset=offset,
        convention=convention,
        shapes=shapes,
    )
    # 100 // 7 = 14: a stride that is not the nominal one
    anchors = lay_anchors(((7, 9), (4, 5), (2, 3)), (100, 130), (16, 32, 64), settings)
    levels = [
        {
            "gridHw": level.grid_hw,
            "strideHw": level.stride_hw,
            "offset": level.offset,
            "cellAnchors": level.cell_anchors.tolist(),
        }
        for level in anchors.levels
    ]
    laid = evaluate(
        CANVAS / "scene" / "anchors.js",
        """({ layAnchors }, [levels, count]) => {
            const { anchors, levelOf } = layAnchors(levels, count);
            return [[...anchors], [...levelOf]];
        }""",
        [levels, len(anchors)],
    )
    assert laid == [anchors.boxes.flatten().tolist(), anchors.level.tolist()]


def test_forms_of_numbers_are_those_of_python() -> None:
    numbers = [0, 1, 2, 5, 12, 22, 100, 101, 199, 200, 203, 212, 1001, 1_234_564]
    said = evaluate(
        UI / "scripts" / "words.js",
        """({ ntr, speakWith }, [words, numbers]) => {
            speakWith(words);
            return numbers.map((n) => ntr("{count} box", "{count} boxes", n));
        }""",
        [words._words((("{count} box", "{count} boxes"),), Polish()), numbers],
    )
    expected = [Polish().ngettext("", "", n).format(count=f"{n:,}") for n in numbers]
    assert said == expected


def test_examples_in_docstrings() -> None:
    for module in (joiner, words):
        tried = doctest.testmod(module)
        assert tried.attempted > 0
        assert tried.failed == 0


# ---- how they are joined -------------------------------------------------------------------------


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda path: path.name)
def test_what_is_joined_can_be_read_and_exports_what_its_entry_does(
    entry: Path, tmp_path: Path
) -> None:
    joined = join(entry)
    assert joined == join(entry)
    script = tmp_path / "joined.mjs"
    script.write_text(joined, "utf-8")
    done = run_node("--check", str(script))
    assert done.returncode == 0, done.stderr
    assert joined.count("export default ") == 1
    assert not re.search(r"^import\b", joined, re.MULTILINE)


def test_every_script_belongs_to_a_component() -> None:
    used = {module.path for entry in ENTRIES for module in modules(entry)}
    assert used == set(SCRIPTS)


def test_each_module_stands_after_those_that_it_imports() -> None:
    for entry in ENTRIES:
        seen: set[Path] = set()
        for module in modules(entry):
            assert module.imports.keys() <= seen
            seen.add(module.path)


def test_no_folder_of_modules_is_reached_from_itself() -> None:
    reaches: dict[Path, set[Path]] = {}
    for script in SCRIPTS:
        needed = {path.parent for path in read_module(script).imports}
        reaches.setdefault(script.parent, set()).update(needed - {script.parent})
    while reaches:
        free = {folder for folder, needed in reaches.items() if not needed & reaches.keys()}
        assert free, f"each of these reaches another: {sorted(map(str, reaches))}"
        reaches = {folder: needed for folder, needed in reaches.items() if folder not in free}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_no_line_within_a_text_looks_like_a_line_of_code(script: Path) -> None:
    """The joiner reads lines: a template must not hold one that is a comment, import or export."""
    text = re.sub(r"//.*|/\*.*?\*/", "", script.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    for template in text.split("`")[1::2]:
        assert not re.search(r"\n[ \t]*//|\n[ \t]*/\*|\n(import|export)\b", template)


def write(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        (folder / f"{name}.js").write_text(text, "utf-8")
    return folder / "main.js"


def test_modules_keep_their_own_names(tmp_path: Path) -> None:
    entry = write(
        tmp_path,
        main='import { value as of } from "./other.js";\n'
        'import {\n  Twice,\n} from "./twice.js";\n\nconst own = 3;\n'
        "export default function main() {\n  return new Twice(own).value + of();\n}\n",
        other="const own = 5;\n// A comment.\nexport const value = () => own;\n",
        twice="/** @type {unknown} */\nexport class Twice {\n"
        "  constructor(own) {\n    this.value = 2 * own;\n  }\n}\n",
    )
    joined = join(entry)
    assert "comment" not in joined
    assert "@type" not in joined
    script = tmp_path / "joined.mjs"
    script.write_text(joined, "utf-8")
    assert evaluate(script, "(module) => module.default()", None) == 11


BAD = {
    "which other.js lacks": {"other": "const value = 1;\n"},
    "not understood: export let value": {"other": "export let value = 1;\n"},
    "not understood: export { value }": {"other": "const value = 1;\nexport { value };\n"},
    "not understood: import value": {"other": 'import value from "./value.js";\n'},
    "reached from itself": {
        "other": 'import { main } from "./main.js";\nexport const value = main;\n'
    },
}


@pytest.mark.parametrize("reason", BAD)
def test_what_does_not_fit_is_refused(reason: str, tmp_path: Path) -> None:
    main = 'import { value } from "./other.js";\nexport const main = value;\n'
    entry = write(tmp_path, main=main, **BAD[reason])
    with pytest.raises(ValueError, match=re.escape(reason)):
        join(entry)


def test_two_modules_of_one_name_are_refused(tmp_path: Path) -> None:
    main = 'import { a } from "./x/same/file.js";\nimport { b } from "./y/same/file.js";\n'
    for folder, name in (("x", "a"), ("y", "b")):
        (tmp_path / folder / "same").mkdir(parents=True)
        (tmp_path / folder / "same" / "file.js").write_text(f"export const {name} = 1;\n")
    with pytest.raises(ValueError, match="would have one name"):
        join(write(tmp_path, main=main))


def test_a_module_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"other\.js"):
        join(write(tmp_path, main='import { value } from "./other.js";\n'))


def test_the_door_is_all_that_travels_with_each_payload() -> None:
    assert len(assets.door().encode()) < 2_000
    assert len(assets.javascript().encode()) < 160_000
