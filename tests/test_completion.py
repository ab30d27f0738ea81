"""The completion that a shell is given, asked as the shell asks it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ASK = """\
eval "$(_LSTMSHAPE_COMPLETE=source_bash lstmshape)"
ask() {
  COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
  _lstmshape_completion lstmshape
  echo "${COMPREPLY[*]}"
}
complete -p lstmshape
ask lstmshape ch
ask lstmshape check --format s
ask lstmshape check --fail-level ''
ask lstmshape check models
ask lstmshape check --add
"""


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_bash_completes_commands_options_and_choices(tmp_path: Path) -> None:
    program = tmp_path / "lstmshape"
    program.write_text(
        f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m lstmshape "$@"\n'
    )
    program.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-c", ASK], env=environment, cwd=tmp_path,
        capture_output=True, encoding="utf-8", check=False, timeout=120,
    )  # fmt: skip
    assert done.stdout.splitlines() == [
        # where nothing is offered, bash completes file names
        "complete -o default -F _lstmshape_completion lstmshape",
        "check",
        "sarif",
        "error warning note",
        "",
        "--add-ignores",
    ], done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_has_its_script(shell: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "lstmshape"], cwd=ROOT, capture_output=True, encoding="utf-8",
        env={**os.environ, "_LSTMSHAPE_COMPLETE": f"source_{shell}"}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert f"complete_{shell}" in done.stdout
