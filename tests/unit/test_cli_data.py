"""The commands that need images: every format, wherever the files lie, and what cannot be read."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import load_file, save_file

from rpn_core.cli import main
from rpn_core.cli.labelled_data import LabelledData
from rpn_core.cli.train import _learnt_from
from rpn_core.errors import UserError
from rpn_core.evaluation.recall import RecallCounter
from rpn_core.labels.formats.read import read_labels
from rpn_core.labels.labelled_images import labelled_images
from rpn_core.models.networks.any_anchor import AnyAnchorNetwork
from rpn_core.models.networks.trainable import network_plan
from rpn_core.photo.reader import read_pixels
from rpn_core.training.ship import images_sha256, sha256
from tests.unit.labels_data import voc, voc_object, zipped
from tests.unit.test_photo_reader import png_that_claims

WIDTH, HEIGHT = 128, 96
# Quarters, so that YOLO's fractions are exact; and one box for each image.
BOXES = {"a.png": (32, 24, 96, 72), "b.png": (64, 48, 128, 96)}


def picture(name: str) -> bytes:
    rgb = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    x1, y1, x2, y2 = BOXES[name]
    rgb[y1:y2, x1:x2] = (220, 30, 30)
    from io import BytesIO

    buffer = BytesIO()
    Image.fromarray(rgb).save(buffer, "PNG")
    return buffer.getvalue()


IMAGES = {f"images/{name}": picture(name) for name in BOXES}


def coco_text(folder: str = "") -> str:
    images = [
        {"id": place, "file_name": folder + name, "width": WIDTH, "height": HEIGHT}
        for place, name in enumerate(BOXES)
    ]
    rows = [
        {"image_id": place, "bbox": [x1, y1, x2 - x1, y2 - y1], "category_id": 1}
        for place, (x1, y1, x2, y2) in enumerate(BOXES.values())
    ]
    categories = [{"id": 1, "name": "square"}]
    return json.dumps({"images": images, "annotations": rows, "categories": categories})


def voc_text(name: str) -> str:
    x1, y1, x2, y2 = BOXES[name]  # whose first pixel VOC counts from 1
    return voc(voc_object(x1 + 1, y1 + 1, x2, y2), name=name, size=(WIDTH, HEIGHT))


def yolo_text(name: str) -> str:
    x1, y1, x2, y2 = BOXES[name]
    sides = ((x1 + x2) / 2 / WIDTH, (y1 + y2) / 2 / HEIGHT, (x2 - x1) / WIDTH, (y2 - y1) / HEIGHT)
    return f"0 {' '.join(map(str, sides))}\n"


def csv_text() -> str:
    rows = [f"{name},{','.join(map(str, box))},square" for name, box in BOXES.items()]
    return "\n".join(["image,x1,y1,x2,y2,category", *rows]) + "\n"


FILES: dict[str, dict[str, bytes | str]] = {
    "coco": {"labels.json": coco_text()},
    "voc": {f"Annotations/{name[0]}.xml": voc_text(name) for name in BOXES},
    "yolo": {
        "data.yaml": "names: [square]\n",
        **{f"labels/{name[0]}.txt": yolo_text(name) for name in BOXES},
    },
    "csv": {"labels.csv": csv_text()},
}


def write(folder: Path, files: dict[str, bytes | str]) -> Path:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
    return folder


def as_folder(tmp_path: Path, form: str) -> list[str]:
    return [str(write(tmp_path / form, {**FILES[form], **IMAGES}))]


def as_zip(tmp_path: Path, form: str) -> list[str]:
    path = tmp_path / f"{form}.zip"
    path.write_bytes(zipped({f"top/{name}": data for name, data in (FILES[form] | IMAGES).items()}))
    return [str(path)]


def apart(tmp_path: Path, form: str) -> list[str]:
    """Labels and images in folders of their own."""
    images = write(tmp_path / "elsewhere", {f"deep/{name}": data for name, data in IMAGES.items()})
    return [str(write(tmp_path / form, FILES[form])), "--images", str(images)]


def as_file(tmp_path: Path, _form: str) -> list[str]:
    """One file, with the images below its folder."""
    return [str(write(tmp_path / "one", {**FILES["coco"], **IMAGES}) / "labels.json")]


WAYS = [(as_folder, form) for form in FILES] + [
    (as_zip, "voc"), (as_zip, "yolo"), (apart, "coco"), (apart, "yolo"), (apart, "csv"),
    (as_file, "coco"),
]  # fmt: skip
SMALL = ["--long-side", "128", "--device", "cpu"]


def recall(out: Path) -> list[dict[str, object]]:
    [model] = json.loads((out / "recall.json").read_text())
    assert model["images"] == 2
    return [group for group in model["groups"] if group["objects"]]


@pytest.fixture(scope="module")
def recall_of_coco(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, object]]:
    folder = tmp_path_factory.mktemp("coco")
    out = folder / "report"
    assert main(["evaluate", "--annotations", *as_file(folder, "coco"), *SMALL, "--out", str(out)])\
        == 0  # fmt: skip
    found = recall(out)
    assert found[0]["objects"] == 2
    assert found[0]["recall_at_0.5"]["1000"] > 0  # type: ignore[index]
    return found


@pytest.mark.parametrize(("way", "form"), WAYS, ids=lambda one: getattr(one, "__name__", one))
def test_evaluate_takes_every_format(tmp_path, capsys, recall_of_coco, way, form) -> None:
    out = tmp_path / "report"
    flags = ["--annotations", *way(tmp_path, form), *SMALL, "--out", str(out)]
    assert main(["evaluate", *flags]) == 0, capsys.readouterr().err
    assert recall(out) == recall_of_coco


def test_a_format_may_be_named(tmp_path, capsys) -> None:
    folder = write(tmp_path / "two", {**FILES["coco"], **FILES["csv"], **IMAGES})
    flags = ["--annotations", str(folder), *SMALL]
    assert main(["evaluate", *flags]) == 2
    assert "--format coco or csv" in capsys.readouterr().err
    assert main(["evaluate", *flags, "--format", "csv"]) == 0


@pytest.fixture
def start(tmp_path: Path) -> str:
    path = tmp_path / "start.safetensors"
    save_file(AnyAnchorNetwork(network_plan("lite0-fpn")).state_dict(), path)
    return str(path)


@pytest.fixture
def train(tmp_path: Path, start: str, capsys):
    """Runs two steps: (exit code, what was printed on stderr, folder of the run)."""

    def run(*flags: str, name: str = "run") -> tuple[int, str, Path]:
        recipe = tmp_path / "recipe.json"
        recipe.write_text(
            '{"steps": 2, "batch_images": 2, "long_side": [64, 64], "random_shapes": 2}'
        )
        out = tmp_path / name
        code = main(["train", "--train", *flags, "--start", start, "--recipe", str(recipe),
                     "--out", str(out), "--device", "cpu", "--precision", "float32"])  # fmt: skip
        return code, capsys.readouterr().err, out

    return run


def test_train_takes_every_format(tmp_path, train) -> None:
    weights = []
    ways = [(as_file, "coco"), (as_folder, "voc"), (as_zip, "yolo"), (apart, "csv")]
    for place, (way, form) in enumerate(ways):
        folder = tmp_path / str(place)
        folder.mkdir()
        given = way(folder, form)
        code, told, out = train(*given, name=f"run-{place}")
        assert code == 0, told
        weights.append(load_file(out / "lite0-fpn.safetensors"))
        facts = json.loads((out / "lite0-fpn.json").read_text())
        assert facts["train_images_sha256"] == images_sha256(IMAGES.values())
        assert len(facts["train_annotations_sha256"]) == 64
        for file in [*folder.rglob("labels.json"), *folder.rglob("labels.csv")]:
            assert facts["train_annotations_sha256"] == sha256(file), "of the file alone"
    for other in weights[1:]:
        assert all(
            np.allclose(other[name], tensor, atol=1e-3) for name, tensor in weights[0].items()
        ), "learnt the same"


def test_what_recall_is_measured_on_may_lie_with_its_own_images(tmp_path, train) -> None:
    """The images of --images are not taken for those of another data set with equal names."""
    other = {name: picture("a.png" if name.endswith("b.png") else "b.png") for name in IMAGES}
    val = write(tmp_path / "val", {**FILES["yolo"], **other})
    code, told, out = train(*apart(tmp_path, "voc"), "--val", str(val))
    assert code == 0
    assert "step 2, 2 images of --val: AR@10" in told
    kept = json.loads((out / "run.json").read_text())
    assert (kept["val_images"], kept["format"]) == (None, None)
    from rpn_core.cli.train import _val_images

    asked = {"val": val, "val_images": None, "images": tmp_path / "elsewhere"}
    assert _val_images(asked) is None
    alone = tmp_path / "val.json"
    alone.write_bytes(b"{}")
    assert _val_images(asked | {"val": alone}) is None, "images lie below its folder"
    (tmp_path / "bare").mkdir()
    bare = tmp_path / "bare" / "val.json"
    bare.write_bytes(b"{}")
    assert _val_images(asked | {"val": bare}) == tmp_path / "elsewhere"
    assert _val_images(asked | {"val": tmp_path / "voc"}) == tmp_path / "elsewhere"
    assert _val_images(asked | {"val_images": val}) == val


def test_a_run_of_before_that_named_no_format_resumes(tmp_path, train) -> None:
    code, _, out = train(*apart(tmp_path, "coco"))
    assert code == 0
    kept = json.loads((out / "run.json").read_text())
    del kept["format"]
    (out / "run.json").write_text(json.dumps(kept))
    assert main(["train", "--resume", str(out), "--device", "cpu"]) == 0


@pytest.mark.parametrize("command", ["evaluate", "sweep", "calibrate", "train"])
def test_what_was_changed_to_read_images_is_said_once_with_a_count(
    tmp_path, capsys, train, command
) -> None:
    folder = write(tmp_path / "set", {**FILES["coco"], **IMAGES})
    for place, (name, (x1, y1, x2, y2)) in enumerate(BOXES.items()):
        values = np.full((HEIGHT, WIDTH), 90, np.uint16)
        values[y1:y2, x1:x2] = 1000 + place
        Image.fromarray(values).save(folder / "images" / name)
    labels = str(folder / "labels.json")
    weights = str(Path("assets/models/lite0-fpn.safetensors").resolve())
    out = ["--checkpoint", weights, "--out", str(tmp_path / "made.safetensors")]
    if command == "train":
        code, errors, _ = train(labels)
    else:
        flags = ["--annotations", labels, *SMALL, *(out if command == "calibrate" else [])]
        code, errors = main([command, *flags]), capsys.readouterr().err
    assert code == 0
    told = [line for line in errors.splitlines() if line.startswith("2 of 2 images, the first is")]
    assert len(told) == 2
    assert sum("0 to 1023 were stretched to 0 to 255." in line for line in told) == 1


# ---- images that cannot be read ----------------------------------------------------------------


@pytest.fixture
def damaged(tmp_path: Path) -> list[str]:
    """Four images: a is whole, b is cut short, c is no image, d is not there."""
    names = ("a.png", "b.png", "c.png", "d.png")
    files: dict[str, bytes | str] = {
        "images/a.png": IMAGES["images/a.png"],
        "images/b.png": IMAGES["images/b.png"][:-200],
        "images/c.png": b"no image",
        "labels.csv": "".join(f"{name},32,24,96,72,square\n" for name in names),
    }
    return [str(write(tmp_path / "damaged", files))]


def test_evaluate_names_what_it_leaves_out_and_goes_on(damaged, tmp_path, capsys) -> None:
    out = tmp_path / "report"
    flags = ["evaluate", "--annotations", *damaged, *SMALL, "--baseline", "anchors"]
    assert main([*flags, "--out", str(out)]) == 1
    told = capsys.readouterr().err
    assert "Traceback" not in told
    assert "Image that is not there: 1 found, the first is d.png (1 box). They are left" in told
    assert "Image file that is no image: 1 found, the first is c.png (1 box). They are" in told
    assert told.count("b.png: skipped. b.png is cut short or damaged") == 1, "once for two models"
    assert "3 of 4 images of damaged were left out; the first is" in told
    for measured in json.loads((out / "recall.json").read_text()):
        assert measured["images"] == 1
        assert measured["groups"][0]["objects"] == 1


def test_sweep_and_calibrate_go_on_too(damaged, tmp_path, capsys) -> None:
    assert main(["sweep", "--annotations", *damaged, *SMALL]) == 1
    assert "3 of 4 images of damaged were left out" in capsys.readouterr().err
    weights = Path("assets/models/lite0-fpn.safetensors").resolve()
    made = tmp_path / "made.safetensors"
    flags = ["--checkpoint", str(weights), "--out", str(made)]
    assert main(["calibrate", "--annotations", *damaged, *SMALL, *flags]) == 1
    assert "3 of 4 images of damaged were left out" in capsys.readouterr().err
    facts = json.loads(made.with_suffix(".json").read_text())
    assert facts["calibration"]["annotations_sha256"] == sha256(Path(damaged[0]) / "labels.csv")


@pytest.mark.parametrize("workers", ["0", "1"])
def test_train_names_what_it_leaves_out_and_goes_on(damaged, train, workers) -> None:
    code, told, out = train(*damaged, "--val", *damaged, "--workers", workers)
    assert code == 1
    assert "Traceback" not in told
    assert "Image that is not there: 1 found, the first is d.png" in told
    assert "b.png: skipped. b.png is cut short or damaged" in told
    assert "step 2, 1 image of --val" in told
    assert "that recall is measured on are learnt from" in told, told[-3000:]
    assert "3 of 4 images of damaged were left out; the first is" in told
    assert (out / "lite0-fpn.safetensors").is_file()


@pytest.mark.parametrize(
    "command",
    [["evaluate"], ["sweep"], ["calibrate", "--checkpoint", "x", "--out", "y"], ["train"]],
)
@pytest.mark.parametrize("there", [True, False])
def test_no_image_at_all_is_told_before_any_work(tmp_path, capsys, command, there) -> None:
    folder = write(tmp_path / "set", {"labels.json": coco_text("gone/")})
    images = write(tmp_path / "other", {"other.png": picture("a.png")} if there else {"x": ""})
    command = [{"x": str(Path("assets/models/lite0-fpn.safetensors").resolve())}.get(c, c)
               for c in command]  # fmt: skip
    data = "--train" if command == ["train"] else "--annotations"
    more = ["--out", str(tmp_path / "run")] if command == ["train"] else []
    assert main([*command, data, str(folder), "--images", str(images), *more]) == 2
    told = capsys.readouterr().err.splitlines()[-1]
    if not there:
        assert told.startswith(f"{images} holds no image that is read: give the folder or zip")
        assert not (tmp_path / "run").exists()
        return
    assert told.startswith(f"None of the 2 images that {folder} lists can be read (the first is ")
    assert told.endswith("gone/a.png): give their folder or zip with --images.")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("command", ["evaluate", "train"])
@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        (
            "a.png",
            png_that_claims(20_000, 20_000),
            "Image larger than can be opened: a.png (20000 x",
        ),
        ("a.heic", b"\0\0\0\x18ftypheic", "Image of a kind that is not read: a.heic (1 box)"),
        ("a.png", b"?", "Image file that is no image: a.png (1 box)"),
    ],
)
def test_where_no_image_can_be_used_the_cause_is_named(
    tmp_path, capsys, command, name, data, words
) -> None:
    folder = write(tmp_path / "set", {name: data, "x.csv": f"{name},1,2,30,40,square\n"})
    flags = ["--train", str(folder), "--out", str(tmp_path / "run")]
    flags = flags if command == "train" else ["--annotations", str(folder), *SMALL]
    assert main([command, *flags]) == 2
    told = capsys.readouterr().err.splitlines()[-1]
    assert told.startswith(f"No image of set can be used. {words}")


def test_a_huge_image_is_left_out_with_a_sentence(tmp_path, capsys) -> None:
    huge = {"images/b.png": png_that_claims(20_000, 20_000)}
    folder = write(tmp_path / "set", {**FILES["csv"], **IMAGES, **huge})
    assert main(["evaluate", "--annotations", str(folder), *SMALL]) == 1
    told = capsys.readouterr().err
    assert "Image larger than can be opened: 1 found, the first is b.png (20000 x 20000" in told
    assert "1 of 2 images of set was left out: b.png." in told


def test_images_folders_that_are_not_there_are_named(tmp_path, capsys) -> None:
    flags = as_file(tmp_path, "coco")
    assert main(["evaluate", "--annotations", *flags, "--images", "/nowhere", *SMALL]) == 2
    assert "/nowhere does not exist" in capsys.readouterr().err


def test_boxes_of_another_size_stand_as_they_were_written(tmp_path, capsys) -> None:
    """As on the page, and called as the linter calls it."""
    text = coco_text().replace(f'"width": {WIDTH}', '"width": 64', 1)
    folder = write(tmp_path / "odd", {"labels.json": text, **IMAGES})
    assert main(["evaluate", "--annotations", str(folder), *SMALL]) == 0
    told = capsys.readouterr().err
    assert (
        "Image of another size than annotated: 1 found, the first is a.png (annotated 64 x 96 px, "
        "the file has 128 x 96). Their boxes stay where the labels put them, and may be off."
    ) in told
    loaded = read_labels(folder)
    assert labelled_images(loaded.labels, loaded.images)[0].boxes.tolist() == [[32, 24, 96, 72]]


def test_boxes_of_no_image_are_told_and_left_out(tmp_path, capsys) -> None:
    document = json.loads(coco_text())
    document["annotations"].append({"image_id": 9, "bbox": [1, 2, 3, 4]})
    folder = write(tmp_path / "odd", {"labels.json": json.dumps(document), **IMAGES})
    assert main(["evaluate", "--annotations", str(folder), *SMALL]) == 1
    told = capsys.readouterr().err
    assert "The check of the boxes found 1 error, and" in told
    assert "Box of an image that is not listed: annotation 2, from 0: image_id 9, but" in told


def test_a_limit_asks_for_no_image_behind_it(damaged, capsys) -> None:
    assert main(["evaluate", "--annotations", *damaged, *SMALL, "--limit", "1"]) == 0
    told = capsys.readouterr()
    assert "left out" not in told.err
    assert "lite0-fpn: 1 image, " in told.out


# ---- the figures of before ---------------------------------------------------------------------


@pytest.mark.shared_data
@pytest.mark.parametrize("name", ["val_coco.json", "val_voc.json"])
def test_boxes_and_pixels_of_real_photos_are_those_of_the_plain_way(shared_data, name) -> None:
    """Recall cannot change where objects and pixels do not: read as evaluation did in version 1."""
    folder = shared_data / "general"
    document = json.loads((folder / name).read_text())
    loaded = read_labels(folder / name, images=folder / "images")
    images = labelled_images(loaded.labels, loaded.images)
    assert len(images) == len(document["images"]) == 300
    rows: dict[int, list[list[float]]] = {}
    for row in document["annotations"]:
        x, y, width, height = row["bbox"]
        rows.setdefault(row["image_id"], []).append([x, y, x + width, y + height])
    counters = RecallCounter(), RecallCounter()
    for image, listed in zip(images, document["images"], strict=True):
        assert (image.image_id, image.name) == (listed["id"], listed["file_name"])
        wanted = np.array(rows.get(listed["id"], []), np.float32).reshape(-1, 4)
        np.testing.assert_array_equal(image.boxes, wanted)
        for counter, objects in zip(counters, (image.boxes, wanted), strict=True):
            counter.add(wanted[::-1].astype(np.float64), objects.astype(np.float64))
    assert counters[0].recall()[0].average(10) == counters[1].recall()[0].average(10) > 0
    for image in images[:40]:
        file = folder / "images" / image.name
        plain = np.asarray(Image.open(file).convert("RGB"))
        np.testing.assert_array_equal(image.read_noted()[0], plain)
        np.testing.assert_array_equal(read_pixels(file.read_bytes(), "x"), plain)


def test_the_digest_of_what_was_learnt_from_needs_no_image_that_cannot_be_read(capsys):
    """Or a run that has trained to its end would lose its weights."""

    class Image:
        def __init__(self, name: str, data: bytes | None) -> None:
            self.name, self.data = name, data

        def read_bytes(self) -> bytes:
            if self.data is None:
                raise UserError("{file} is gone.", file=self.name)
            return self.data

    images = [Image("a.png", b"a"), Image("gone.png", None), Image("out.png", b"o")]
    data = LabelledData(loaded=None, images=images, left_out={"out.png": None})
    assert list(_learnt_from(data)) == [b"a"]
    assert list(data.left_out) == ["out.png", "gone.png"]
    assert "gone.png: skipped. gone.png is gone." in capsys.readouterr().err
