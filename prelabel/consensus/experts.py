"""The list of pictures that an expert should look at."""

from __future__ import annotations

import json
from pathlib import Path

from prelabel.consensus.result import Merged, record
from prelabel.errors import SettingsError

__all__ = ["write"]


def write(merged: Merged, below: float, path: Path) -> int:
    """Write the pictures of a consensus that are in doubt, least agreement first; how many.

    One path a line, as `prelabel label` takes lists; or, in a file that ends in ``.json``, a list
    of records with the reason. SettingsError where the file cannot be written.
    """
    found = merged.experts(below)
    if path.suffix == ".json":
        text = json.dumps([record(seen, why) for seen, why in found], indent=1, ensure_ascii=False)
        text += "\n"
    else:
        text = "".join(f"{seen.path}\n" for seen, _ in found)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"cannot be written: {error.strerror}", where=path) from error
    return len(found)
