"""`python -m rpn_core anchors`: coverage, suggestion, export and linter of a data set's boxes."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rpn_core.cli.bar import bar_of
from rpn_core.cli.labelled_data import (
    add_annotation_arguments,
    add_strict_argument,
    heed_findings,
    read_annotations,
)
from rpn_core.cli.numbers import number
from rpn_core.cli.output import check_folder, write_text
from rpn_core.counts import count_anchors, count_boxes, count_images, count_objects
from rpn_core.given_file import read_file
from rpn_core.messages import msg, tr

if TYPE_CHECKING:
    from rpn_core.design.budget import Budget
    from rpn_core.design.coverage import Coverage
    from rpn_core.design.curve import CoverageCurve
    from rpn_core.design.objects import DesignObjects
    from rpn_core.design.pyramid import Pyramid
    from rpn_core.design.resize_rule import ResizeRule
    from rpn_core.design.suggest import Suggestion
    from rpn_core.labels.lint.verdict import Verdict
    from rpn_core.labels.loaded import LoadedLabels
    from rpn_core.settings import Settings

HELP = msg("what anchors offer a data set's boxes, which would be better, for every framework")

NOT_MET = 1
SEVERITIES = ("error", "warning", "note")
ROWS_PRINTED = 3
LOOKED = 20  # names of images that are looked for beside a single file of annotations


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)

    def action(name: str, words: str, run: Callable[[argparse.Namespace], int]) -> Any:
        made = actions.add_parser(name, help=words, description=words)
        made.set_defaults(run_action=run)
        return made

    found = action(
        "coverage", tr("which objects some anchor meets, and why others are missed"), _coverage
    )
    add_annotation_arguments(found)
    add_strict_argument(found)
    _design(found)
    _bar(found)
    made = action("suggest", tr("search for anchors that meet the objects better"), _suggest)
    add_annotation_arguments(made)
    add_strict_argument(made)
    _design(made)
    _bar(made)
    _budget(made, "free")
    made.add_argument(
        "--curve", action="store_true", help=tr("also measure how many shapes are enough")
    )
    written = action(
        "export",
        tr(
            "write anchors for a framework: those of --settings or of the model or, with "
            "--annotations, those suggested for the data set"
        ),
        _export,
    )
    add_annotation_arguments(written, required=False)
    add_strict_argument(written)
    _design(written)
    _budget(written, "grid")
    written.add_argument(
        "--framework",
        action="append",
        metavar="NAME",
        help=tr(
            "such as torchvision, detectron2 (see the message for a wrong name); may be "
            "given several times; else all"
        ),
    )
    written.add_argument(
        "--image-size", type=int, metavar="PX", help=tr("training size, for YOLO's forms")
    )
    linted = action("lint", tr("what is wrong with the boxes, and what to do"), _lint)
    add_annotation_arguments(linted)
    linted.add_argument(
        "--fail-on",
        choices=(*SEVERITIES, "never"),
        default="error",
        help=tr("exit with 1 when there is a finding this grave or graver (error)"),
    )
    for each in (found, made, written, linted):
        each.add_argument(
            "--out", type=Path, metavar="FOLDER", help=tr("for JSON and HTML, or texts")
        )


def run(args: argparse.Namespace) -> int:
    """Do one action.

    Returns:
        0; 1 when what CI asks for is not met (`--min-recall`, `--fail-on`).
    Raises:
        UserError: arguments that cannot be used.
    """
    check_folder(args.out)
    code: int = args.run_action(args)
    return code


# ---- arguments -------------------------------------------------------------------------------


def _design(parser: Any) -> None:
    parser.add_argument(
        "--model", default="lite0-fpn", help=tr("strides, padding and own settings")
    )
    parser.add_argument("--settings", type=Path, metavar="JSON", help=tr("saved by the page"))
    parser.add_argument(
        "--strides",
        metavar="8,16,...",
        help=tr("of another network; its anchors come from --settings, else one size a level"),
    )
    parser.add_argument(
        "--resize",
        choices=("long_side", "min_max", "letterbox", "stretch"),
        help=tr("how images become network inputs; else as the settings say"),
    )
    parser.add_argument("--side", type=int, metavar="PX", help=tr("of --resize"))
    parser.add_argument("--max-side", type=int, metavar="PX", help=tr("of --resize min_max"))
    parser.add_argument(
        "--fg-iou", type=number(0, 1), default=0.7, help=tr("IoU of a positive (0.7)")
    )


def _bar(parser: Any) -> None:
    parser.add_argument(
        "--min-recall",
        type=number(0, 1),
        metavar="SHARE",
        help=tr("exit with 1 when fewer objects (0 to 1) meet an anchor"),
    )
    parser.add_argument(
        "--at-iou",
        type=number(0, 1),
        default=0.5,
        help=tr("IoU that counts for --min-recall (0.5)"),
    )


def _budget(parser: Any, form: str) -> None:
    parser.add_argument(
        "--shapes", type=int, default=6, help=tr("anchors a cell of each level (6)")
    )
    parser.add_argument(
        "--total", action="store_true", help=tr("--shapes are those of all levels together")
    )
    parser.add_argument(
        "--shapes-as",
        choices=("free", "grid"),
        default=form,
        help=tr(
            "free: each shape of its own width and height, which reaches most; grid: sizes x "
            "ratios, which every framework can express ({form})",
            form=form,
        ),
    )
    parser.add_argument(
        "--objective",
        "--aim",
        dest="objective",
        choices=("mean_iou", "recall", "fitness"),
        default="mean_iou",
        help=tr(
            "mean best IoU; the share of objects at --recall-iou; or YOLOv5's fitness, which looks "
            "at shapes alone (mean_iou)"
        ),
    )
    parser.add_argument(
        "--recall-iou", type=number(0, 1), default=0.7, help=tr("of --objective recall (0.7)")
    )
    parser.add_argument(
        "--shared-ratios",
        action="store_true",
        help=tr("one list of ratios for all levels, with --shapes-as grid"),
    )
    parser.add_argument("--evaluations", type=int, default=30_000, help=tr("trials (30000)"))
    parser.add_argument("--sample", type=int, default=5000, help=tr("objects searched with (5000)"))
    parser.add_argument("--seed", type=int, default=0)


# ---- what they mean --------------------------------------------------------------------------


class _Design:
    """Settings, levels and resize rule that the arguments name."""

    def __init__(self, args: argparse.Namespace) -> None:
        from dataclasses import replace

        from rpn_core.design.pyramid import pyramid_of
        from rpn_core.design.resize_rule import ResizeRule, rule_of_settings
        from rpn_core.errors import UserError
        from rpn_core.models.catalogue.table import CARDS
        from rpn_core.settings.file import from_json
        from rpn_core.settings.presets import TORCHVISION_FPN, preset

        if args.model not in CARDS:
            raise UserError(
                "{model!r} is not a model: choose one of {cards}.",
                model=args.model[:40],
                cards=tuple(CARDS),
            )
        card = CARDS[args.model]
        divisor = card.preprocess.size_divisor
        strides = _strides(args.strides) if args.strides else card.strides
        self.pyramid: Pyramid = pyramid_of(strides, divisor)
        self.settings: Settings = card.own_settings
        if args.settings:
            self.settings = from_json(read_file(args.settings), levels=len(strides))
        elif args.strides:
            laid = preset(TORCHVISION_FPN.name, strides, card.own_settings).anchors
            self.settings = replace(card.own_settings, anchors=laid)
        self.rule: ResizeRule = rule_of_settings(self.settings.input, divisor)
        if args.resize:
            if args.side is None:
                raise UserError(
                    "--resize {resize} needs a --side.",
                    resize=args.resize,
                )
            self.rule = ResizeRule(args.resize, args.side, args.max_side, divisor)
        elif args.side is not None or args.max_side is not None:
            raise UserError("--side and --max-side belong to --resize: say which rule.")


def _strides(text: str) -> tuple[int, ...]:
    from rpn_core.errors import UserError

    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise UserError(
            "--strides is {text!r}, but it must be whole numbers like 8,16,32.",
            text=text[:40],
        ) from None


@dataclass(frozen=True, eq=False, slots=True)
class _Data:
    """The data set of an action, the errors in it, and the objects that the network meets."""

    loaded: LoadedLabels
    found: Verdict
    objects: DesignObjects


def _data(args: argparse.Namespace, rule: ResizeRule) -> _Data:
    from rpn_core.design.objects import design_objects
    from rpn_core.errors import UserError
    from rpn_core.labels.formats.read import add_images

    loaded = read_annotations(args.annotations, args.images, args.format)
    folder = args.annotations.parent
    # No image is needed, but those that lie beside a single file say more of it.
    if not loaded.images and any((folder / one).is_file() for one in loaded.labels.names[:LOOKED]):
        loaded = add_images(loaded, folder)
    found = heed_findings(loaded, strict=args.strict, of_boxes_alone=True)
    objects = design_objects(loaded.labels, rule)
    if not len(objects):
        raise UserError(
            "{name} has no box to learn from in an image of known size (left out: "
            "{left_out:,}): see `anchors lint`, and give --images when the annotations do "
            "not say how large the images are.",
            name=loaded.name,
            left_out=objects.left_out,
        )
    return _Data(loaded, found, objects)


def _spent(args: argparse.Namespace) -> Budget:
    from rpn_core.design.budget import Budget

    return Budget(
        shapes=args.shapes,
        scope="total" if args.total else "level",
        form=args.shapes_as,
        aim=args.objective,
        recall_iou=args.recall_iou,
        shared_ratios=args.shared_ratios,
        sample=args.sample,
        evaluations=args.evaluations,
        seed=args.seed,
    )


def _passed(args: argparse.Namespace, found: Coverage) -> int:
    if args.min_recall is None:
        return 0
    reached = found.recall(args.at_iou)
    met = reached >= args.min_recall
    words = (
        msg(
            "{reached:.4f} of the objects meet an anchor at IoU {iou:g}: at least {bar:g}.",
            reached=reached,
            iou=args.at_iou,
            bar=args.min_recall,
        )
        if met
        else msg(
            "{reached:.4f} of the objects meet an anchor at IoU {iou:g}: less than {bar:g}.",
            reached=reached,
            iou=args.at_iou,
            bar=args.min_recall,
        )
    )
    print(words, file=sys.stderr)
    return 0 if met else NOT_MET


# ---- actions ---------------------------------------------------------------------------------


def _coverage(args: argparse.Namespace) -> int:
    from rpn_core.design.coverage import coverage

    design = _Design(args)
    data = _data(args, design.rule)
    with bar_of(tr("coverage")) as told:
        found = coverage(
            data.objects,
            design.pyramid,
            design.settings.anchors,
            fg_iou_thresh=args.fg_iou,
            progress=told,
        )
    _tell(args, design, data, found, None, None)
    return _passed(args, found)


def _suggest(args: argparse.Namespace) -> int:
    design, budget = _Design(args), _spent(args)
    data = _data(args, design.rule)
    made = _search(args, design, data.objects)
    curve = None
    if args.curve:
        from rpn_core.design.curve import coverage_curve

        with bar_of(tr("curve")) as told:
            curve = coverage_curve(
                data.objects, design.pyramid, design.settings.anchors, budget, progress=told
            )
    _tell(args, design, data, made.before, made, curve)
    return _passed(args, made.after)


def _search(args: argparse.Namespace, design: _Design, objects: DesignObjects) -> Suggestion:
    from rpn_core.design.suggest import suggest

    with bar_of(tr("searching")) as told:
        return suggest(
            objects,
            design.pyramid,
            design.settings.anchors,
            _spent(args),
            fg_iou_thresh=args.fg_iou,
            progress=told,
        )


def _tell(
    args: argparse.Namespace,
    design: _Design,
    data: _Data,
    found: Coverage,
    made: Suggestion | None,
    curve: CoverageCurve | None,
) -> None:
    """Print the findings; write JSON and HTML where they were asked for."""
    from dataclasses import replace

    from rpn_core.design.cost import anchor_cost
    from rpn_core.design.document import coverage_document, suggestion_document
    from rpn_core.design.findings import findings
    from rpn_core.design.groups import group_coverage
    from rpn_core.design.suggest import median_input
    from rpn_core.given_file import printable
    from rpn_core.settings.file import to_json

    loaded, objects = data.loaded, data.objects
    groups = group_coverage(objects, found)
    said = findings(objects, found, groups)
    cost = anchor_cost(median_input(objects), design.pyramid, design.settings.anchors)
    print(
        tr(
            "{objects}, {rule}: mean best IoU {mean_iou:.3f}, best possible recall {recall_50:.3f} "
            "at IoU 0.5, {recall_70:.3f} at 0.7, {anchors}.",
            objects=count_objects(len(objects)),
            rule=design.rule.sentence(),
            mean_iou=found.mean_iou,
            recall_50=found.recall(0.5),
            recall_70=found.recall(0.7),
            anchors=count_anchors(cost.anchors_in_all),
        )
    )
    for finding in said:
        print(f"- {finding.sentence}")
    if made:
        _print_suggestion(made)
    if curve:
        for point in curve.points:
            print(
                tr(
                    "shapes {shapes:3}: mean best IoU {mean_iou:.3f}, recall at "
                    "{recall_iou:g} {recall:.3f}",
                    shapes=point.shapes,
                    mean_iou=point.mean_iou,
                    recall_iou=curve.recall_iou,
                    recall=point.recall,
                )
            )
        print(tr("Enough: {enough}.", enough=curve.enough))
    if not args.out:
        return
    names = loaded.labels.names
    report = data.found.report
    document = coverage_document(design.rule, objects, names, found, groups, said, cost)
    document["label_findings"] = report.counts()
    write_text(args.out, "coverage.json", _as_json(document))
    if made:
        write_text(args.out, "suggestion.json", _as_json(suggestion_document(made, curve)))
        suggested = replace(design.settings, anchors=made.anchors)
        write_text(args.out, "settings.json", to_json(suggested))
    from rpn_core.figures.design_report import ReportParts, design_report

    parts = ReportParts(
        loaded.name,
        names,
        len(loaded.labels.boxes),
        design.rule,
        objects,
        found,
        groups,
        said,
        cost,
        made,
        curve,
        report,
    )
    write_text(args.out, "report.html", design_report(parts))
    print(tr("Written to {out}.", out=printable(args.out)), file=sys.stderr)


def _print_suggestion(made: Suggestion) -> None:
    from rpn_core.anchors.words import level_text

    if made.kept:
        print(tr("Nothing better was found within the budget: the present anchors stay."))
        return
    after, cost = made.after, made.cost_after
    print(
        tr(
            "Suggested: mean best IoU {mean_iou:.3f}, best possible recall {recall_50:.3f} at IoU "
            "0.5, {recall_70:.3f} at 0.7, {anchors}.",
            mean_iou=after.mean_iou,
            recall_50=after.recall(0.5),
            recall_70=after.recall(0.7),
            anchors=count_anchors(cost.anchors_in_all),
        )
    )
    for level, stride in enumerate(after.pyramid.strides):
        anchors = level_text(made.anchors, level)
        print(tr("  stride {stride:3}: {anchors}", stride=stride, anchors=anchors))
    if made.held_back is not None:
        print(f"- {made.held_back.sentence()}")


def _export(args: argparse.Namespace) -> int:
    from rpn_core.frameworks.table import FRAMEWORKS, export_anchors

    design = _Design(args)
    anchors = design.settings.anchors
    # What cannot be exported is told before anything is searched for.
    wanted = args.framework or list(FRAMEWORKS)
    strides, side = design.pyramid.strides, design.rule.side

    def texts() -> list[Any]:
        return [
            export_anchors(name, anchors, strides, side=side, image_size=args.image_size)
            for name in wanted
        ]

    texts()
    if args.annotations:
        anchors = _search(args, design, _data(args, design.rule).objects).anchors
    for name, made in zip(wanted, texts(), strict=True):
        for warning in made.warnings:
            print(f"{name}: {warning}", file=sys.stderr)
        if args.out:
            write_text(args.out, made.file_name, made.text)
        else:
            print(made.text if len(wanted) == 1 else f"# ---- {name}\n{made.text}")
    return 0


def _lint(args: argparse.Namespace) -> int:
    from rpn_core.given_file import printable
    from rpn_core.labels.finding import Severity
    from rpn_core.labels.lint.report import lint

    loaded = read_annotations(args.annotations, args.images, args.format)
    with bar_of(tr("checking the boxes")) as told:
        report = lint(loaded, progress=told)
    labels = report.labels
    print(
        tr(
            "{images}, {boxes} ({format})",
            images=count_images(len(labels.names)),
            boxes=count_boxes(len(labels.boxes)),
            format=loaded.form.title,
        )
    )
    for group in report.groups:
        print(
            tr(
                "{severity}: {title}: {found:,} found. {otherwise} {remedy}",
                severity=group.rule.severity.label,
                title=group.rule.title,
                found=len(group),
                otherwise=group.rule.otherwise,
                remedy=group.rule.remedy,
            )
        )
        for row in group.rows(labels, 0, ROWS_PRINTED):
            image = printable(row.image) if row.image else msg("data set")
            where = (
                image if row.box is None else msg("{image}, box {box}", image=image, box=row.box)
            )
            print(f"    {where}: {row.came}")
        if len(group) > ROWS_PRINTED:
            print(tr("    ({shown} of {present:,})", shown=ROWS_PRINTED, present=len(group)))
    if not report.groups:
        print(tr("Nothing was found."))
    if args.out:
        from rpn_core.figures.design_report import lint_page

        write_text(args.out, "lint.json", _as_json(report.document()))
        write_text(args.out, "lint.html", lint_page(loaded.name, report))
    if args.fail_on == "never":
        return 0
    grave = SEVERITIES[: SEVERITIES.index(args.fail_on) + 1]
    return NOT_MET if any(report.count(Severity(severity)) for severity in grave) else 0


def _as_json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, allow_nan=False, ensure_ascii=False) + "\n"
