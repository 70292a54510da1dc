"""A document as HTML or DOCX.

Rule: the same content in both; everything from the data is escaped or plain text.
"""

from __future__ import annotations

import io
from pathlib import Path

import jinja2

from barrier.errors import InputError
from barrier.printable import visible_all
from barrier.report.documents import Document, Table

ENDINGS = (".html", ".docx")


def document_bytes(document: Document, file: Path) -> bytes:
    """Return a document as it is written; the ending of the file says how.

    Raises:
        InputError: The ending is neither .html nor .docx.
    """
    if file.suffix not in ENDINGS:
        raise InputError([f"{file}: expected a name that ends in .docx or .html"])
    shown = visible_all(document)
    return html(shown).encode() if file.suffix == ".html" else _docx(shown)


def html(document: Document) -> str:
    """Return a document as a page."""
    loader = jinja2.FileSystemLoader(Path(__file__).parent)
    environment = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
    return environment.get_template("document.html.j2").render(d=document)


def _docx(document: Document) -> bytes:
    import docx  # here, because its import takes longer than a small command
    from docx.enum.section import WD_ORIENT

    made = docx.Document()
    page = made.sections[0]
    page.orientation = WD_ORIENT.LANDSCAPE
    page.page_width, page.page_height = page.page_height, page.page_width
    made.core_properties.title = document.title
    made.core_properties.language = document.language
    made.core_properties.author = "Barrier"
    made.add_heading(document.title, 0)
    made.add_paragraph(document.subtitle)
    for section in document.sections:
        made.add_heading(section.heading, 1)
        for paragraph in section.paragraphs:
            made.add_paragraph(paragraph)
        for bullet in section.bullets:
            made.add_paragraph(bullet, style="List Bullet")
        if section.table and section.table.rows:
            _add_table(made, section.table)
    content = io.BytesIO()
    made.save(content)
    return content.getvalue()


def _add_table(made: object, table: Table) -> None:
    from docx.document import Document as Docx
    from docx.shared import Pt

    if not isinstance(made, Docx):
        raise TypeError("expected a DOCX document")
    drawn = made.add_table(rows=1, cols=len(table.head), style="Light Grid Accent 1")
    for cells, texts in [(drawn.rows[0].cells, table.head), *((drawn.add_row().cells, r) for r in table.rows)]:
        for cell, text in zip(cells, texts, strict=True):
            cell.text = text
            for run in cell.paragraphs[0].runs:
                run.font.size = Pt(8)
