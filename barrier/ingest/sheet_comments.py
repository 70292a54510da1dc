"""Comments at the cells of a spreadsheet: not read, and told, since one may say that something is secret.

Rule: that they are there is told; what they say is never repeated.
"""

from __future__ import annotations

import io
import re
import zipfile

_COMMENTS = re.compile(r"xl/(?:comments|threadedComments)[^/]*(?:/[^/]+)?\.xml", re.I)


def comment_notes(name: str, content: bytes) -> list[str]:
    """Return what to tell of comments at cells, of any sheet; nothing where the file is no XLSX.

    Args:
        name: The file, for messages.
        content: Its bytes.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            found = any(_COMMENTS.fullmatch(part) for part in packed.namelist())
    except zipfile.BadZipFile:
        return []
    if not found:
        return []
    return [f"{name}: there are comments at cells, and they are not read: where one says something, write it in a cell"]
