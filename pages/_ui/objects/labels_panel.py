"""The data set of the session: its upload, what is in it, and what is wrong with it."""

from __future__ import annotations

import base64
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages._ui.objects.format_choice import ask_format, chosen_format
from pages._ui.state.notices import notice
from pages._ui.state.visit import LABELS, LABELS_REPORT, LABELS_TAKEN, LABELS_TINY, LABELS_UPLOAD
from rpn_core.errors import UserError
from rpn_core.labels.finding import Finding, Findings, Severity
from rpn_core.labels.format import Format
from rpn_core.labels.formats.example import example_labels
from rpn_core.labels.formats.read import add_images, only_images, read_labels
from rpn_core.labels.formats.recognise import SeveralFormats
from rpn_core.labels.formats.table import any_format
from rpn_core.labels.lint.boxes import TINY_PX
from rpn_core.labels.lint.report import LintReport, lint
from rpn_core.labels.lint.verdict import count_errors
from rpn_core.labels.loaded import LoadedLabels
from rpn_core.labels.stores.files import Upload
from rpn_core.labels.stores.thumbnail import box_thumbnail
from rpn_core.messages import msg, nmsg, tr
from rpn_core.progress import Progress

MAX_UPLOAD_MB = 500  # COCO's training set, without images, has 450
MAX_TOGETHER_MB = 1000
ROWS = 20
_ICONS = {
    Severity.ERROR: ":material/error:",
    Severity.WARNING: ":material/warning:",
    Severity.NOTE: ":material/info:",
}


def current_labels() -> LoadedLabels | None:
    """The data set in force, if there is one."""
    return LABELS.get()


def use_labels(loaded: LoadedLabels) -> None:
    """Make a data set the session's."""
    LABELS.set(loaded)
    notice("labels")


def draw_labels_panel() -> None:
    """Draw the upload and, of the data set in force, a summary and the linter's findings."""
    uploads = st.file_uploader(
        tr("Boxes, with or without their images"),
        type=None,  # the reader judges the bytes; a name proves nothing
        accept_multiple_files=True,
        max_upload_size=MAX_UPLOAD_MB,
        key=_uploader_key(),
        help=tr(
            "{formats}; images beside them or in a ZIP. Choose files that belong together at "
            "once; images alone are added to the data set that is open. Up to {max_upload_mb} MB a "
            "file and {max_together_mb} MB together. They stay in this server's memory and are "
            "never written to disk.",
            formats=any_format(),
            max_upload_mb=MAX_UPLOAD_MB,
            max_together_mb=MAX_TOGETHER_MB,
        ),
    )
    example, close = st.columns(2)
    example.button(
        tr("Try it on sample photos"),
        key="labels_example",
        on_click=_open_example,
        width="stretch",
        help=tr("Five of the bundled photos, with boxes drawn for them."),
    )
    _take(uploads)
    loaded = current_labels()
    if loaded is None:
        st.caption(tr("No boxes yet: upload some, or try the sample photos."))
        return
    close.button(tr("Close the data set"), key="labels_close", on_click=_close, width="stretch")
    _draw_summary(loaded)
    _draw_findings(loaded)


def _uploader_key() -> str:
    """Another key empties the uploader: the next files are another data set, not a part of this."""
    return LABELS_UPLOAD.of(LABELS_TAKEN.get_or(0)).key


def _open_example() -> None:
    use_labels(example_labels())


def _close() -> None:
    LABELS.forget()
    LABELS_REPORT.forget()
    notice("labels")


def _take(uploads: list[Any]) -> None:
    """Read what was uploaded, under a bar; then run again with the result and without the files."""
    if not uploads:
        return
    asked, form = chosen_format(uploads)
    if asked:
        return
    bar = st.progress(0.0, tr("Reading the boxes"))
    try:
        use_labels(_read(uploads, form, _shown_in(bar, tr("Reading the boxes"))))
    except SeveralFormats as error:
        ask_format(uploads, error)
        notice("labels", error.message)
        st.rerun()
    except UserError as error:
        kept = msg("{error} The data set that was open stays.", error=error)
        notice("labels", kept if current_labels() else error.message)
    LABELS_TAKEN.set(LABELS_TAKEN.get_or(0) + 1)
    st.rerun()


def _shown_in(bar: DeltaGenerator, words: str) -> Progress:
    def told(share: float) -> None:
        bar.progress(share, words)

    return told


def _read(uploads: list[Any], form: Format | None, progress: Progress) -> LoadedLabels:
    """A new data set; or the one that is open, with the images that came."""
    megabytes = sum(upload.size for upload in uploads) / 2**20
    if megabytes > MAX_TOGETHER_MB:
        raise UserError(
            "The files have {megabytes:,.0f} MB together, but at most {most} MB can be held: leave "
            "the images out, or some of them.",
            megabytes=megabytes,
            most=MAX_TOGETHER_MB,
        )
    files = [Upload(upload.name, upload.getvalue()) for upload in uploads]
    loaded = current_labels()
    if loaded is not None and only_images(files):
        return add_images(loaded, files)
    return read_labels(files, form=form, progress=progress)


def _draw_summary(loaded: LoadedLabels) -> None:
    labels = loaded.labels
    st.text(
        tr(
            "{name} · read as {words}",
            name=loaded.name,
            words=loaded.form.title,
        )
    )
    images, boxes, categories, behind = st.columns(4)
    images.metric(tr("Images listed"), f"{len(labels.names):,}")
    boxes.metric(tr("Boxes"), f"{len(labels.image):,}")
    categories.metric(tr("Categories"), f"{len(labels.categories):,}")
    behind.metric(tr("Image files"), f"{len(loaded.images.names):,}")
    if not loaded.images:
        st.caption(
            tr(
                "Without image files: sizes are the annotations', and there are no pictures. "
                "Upload the images, alone or as a ZIP, to add them."
            )
        )


def labels_report(loaded: LoadedLabels) -> LintReport:
    """What the linter found, for whoever shows a number from these boxes; made once."""
    return _report(loaded, LABELS_TINY.get_or(TINY_PX))


def _report(loaded: LoadedLabels, tiny_px: float) -> LintReport:
    """Made once, and again only for other boxes or another limit."""
    key = (loaded.sha256, tiny_px)
    made = LABELS_REPORT.get()
    if made is None or made[0] != key:
        bar = st.progress(0.0, tr("Checking the boxes"))
        report = lint(
            loaded,
            tiny_px=tiny_px,
            progress=_shown_in(bar, tr("Checking the boxes")),
        )
        bar.empty()
        made = (key, report)
        LABELS_REPORT.set(made)
    return made[1]


def _draw_findings(loaded: LoadedLabels) -> None:
    tiny_px = st.number_input(
        tr("Tiny below (px of the original image)"),
        1.0,
        1000.0,
        TINY_PX,
        1.0,
        **LABELS_TINY.kept,
        help=tr("A box counts as tiny if its shorter side is below this."),
    )
    report = _report(loaded, tiny_px)
    if not report.groups:
        st.success(tr("The check found nothing wrong with these boxes."), icon=":material/check:")
        return
    errors, warnings, notes = (report.count(severity) for severity in Severity)
    st.markdown(
        tr(
            "**The check found {errors}, {warnings}, {notes}.**",
            errors=count_errors(errors),
            warnings=nmsg("{count} warning", "{count:,} warnings", count=warnings),
            notes=nmsg("{count} note", "{count:,} notes", count=notes),
        )
    )
    for group in report.groups:
        _draw_group(loaded, group)


def _draw_group(loaded: LoadedLabels, group: Findings) -> None:
    rule = group.rule
    with st.expander(
        f"{rule.title}: {len(group):,}",
        icon=_ICONS[rule.severity],
        key=f"lint_{rule.kind}",
        on_change="rerun",
    ) as opened:
        if not opened.open:
            return
        st.markdown(
            tr(
                "**What to do.** {remedy}\n\n**Otherwise.** {otherwise}",
                remedy=rule.remedy,
                otherwise=rule.otherwise,
            )
        )
        first = 0
        if len(group) > ROWS:
            page = st.number_input(
                tr(
                    "Page of {count:,}",
                    count=-(-len(group) // ROWS),
                ),
                1,
                -(-len(group) // ROWS),
                1,
                key=f"lint_page_{rule.kind}",
            )
            first = (page - 1) * ROWS
        rows = group.rows(loaded.labels, first, ROWS)
        _draw_rows(loaded, rows)
        st.caption(
            tr(
                "{first:,} to {first_2:,} of {count:,} shown. Boxes are counted from 0 through "
                "the whole data set; pixels are those of the original images.",
                first=first + 1,
                first_2=first + len(rows),
                count=len(group),
            )
        )


def _draw_rows(loaded: LoadedLabels, rows: list[Finding]) -> None:
    pictures = [_picture(loaded, row) for row in rows]
    table: dict[str, list[Any]] = {
        tr("image"): [row.image or tr("(the data set)") for row in rows],
        tr("box"): [None if row.box is None else row.box for row in rows],
        tr("what came"): [row.came for row in rows],
    }
    if any(pictures):
        table = {tr("picture"): pictures, **table}
    st.dataframe(
        table,
        hide_index=True,
        width="stretch",
        row_height=110 if any(pictures) else None,
        column_config={tr("picture"): st.column_config.ImageColumn(width="small")},
    )


def _picture(loaded: LoadedLabels, row: Finding) -> str | None:
    """The box in its image as a data URL, or None where there is no image to be read."""
    if row.place is None or loaded.images.find(loaded.labels.names[row.place]) is None:
        return None
    return _thumbnail(loaded, loaded.sha256, row.place, row.box)


@st.cache_data(show_spinner=False, max_entries=400)
def _thumbnail(_loaded: LoadedLabels, sha256: str, place: int, box: int | None) -> str | None:
    name = _loaded.labels.names[place]
    corners = None if box is None else _loaded.labels.boxes[box]
    try:
        made = box_thumbnail(_loaded.images.read(name), name, corners)
    except UserError:
        return None
    return f"data:image/jpeg;base64,{base64.b64encode(made).decode()}"
