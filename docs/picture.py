"""Draws docs/check.svg: what `lstmshape check` shows in a terminal. Run: python docs/picture.py"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text

HERE = Path(__file__).parent
NAME = "stacked.yaml"


def spec() -> str:
    """The first spec of the README."""
    readme = (HERE.parent / "README.md").read_text(encoding="utf-8")
    found = re.search(rf"<!-- file: {NAME} -->\n```yaml\n(.*?)```", readme, re.DOTALL)
    assert found is not None
    return found[1]


def shown() -> str:
    """What check prints of it in colour, 80 columns wide."""
    environment = {
        **{key: value for key, value in os.environ.items() if key != "NO_COLOR"},
        "COLUMNS": "80", "PYTHONPATH": str(HERE.parent), "PYTHONIOENCODING": "utf-8",
        "TERM": "xterm-256color",
    }  # fmt: skip
    command = [sys.executable, "-m", "lstmshape", "check", NAME, "--color", "always"]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, NAME).write_text(spec(), encoding="utf-8")
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False
        )
    return done.stdout


def picture() -> str:
    """The SVG."""
    console = Console(record=True, width=80, file=StringIO(), force_terminal=True)
    console.print(Text.from_ansi(shown()), soft_wrap=True)
    return console.export_svg(title=f"lstmshape check {NAME}", unique_id="lstmshape")


if __name__ == "__main__":
    (HERE / "check.svg").write_text(picture(), encoding="utf-8")
