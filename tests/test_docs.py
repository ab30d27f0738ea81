"""The examples in README and docs are run, and print what stands there.

`<!-- file: NAME -->` before a fenced block writes the block to a file; `<!-- run: COMMAND -->`
runs a command in that folder and holds the block to what it prints (with `exit N` in the comment
to its exit code). `LSTMSHAPE_UPDATE_DOCS=1 pytest tests/test_docs.py` writes the outputs anew.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
UPDATE = bool(os.environ.get("LSTMSHAPE_UPDATE_DOCS"))

BLOCK = re.compile(
    r"<!-- (?P<what>file|run): (?P<text>[^\n]*?)(?P<exit> exit \d+)? -->\n+"
    r"(?P<head>```\w*\n)(?P<body>.*?)(?P<tail>```\n)",
    re.DOTALL,
)


def run(command: str, folder: Path) -> tuple[int, str]:
    words = shlex.split(command)
    assert words[0] in ("lstmshape", "python", "cat")
    start = {"lstmshape": [sys.executable, "-m", "lstmshape"], "python": [sys.executable]}
    environment = {
        **{k: v for k, v in os.environ.items() if k not in ("FORCE_COLOR", "GITHUB_ACTIONS")},
        "NO_COLOR": "1", "COLUMNS": "80", "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8",
    }  # fmt: skip
    done = subprocess.run(
        [*start.get(words[0], [words[0]]), *words[1:]], cwd=folder, env=environment, text=True,
        encoding="utf-8", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_examples(page: Path, tmp_path: Path) -> None:
    text = page.read_text(encoding="utf-8")
    wrong: list[str] = []

    def check(block: re.Match[str]) -> str:
        if block["what"] == "file":
            (tmp_path / block["text"]).write_text(block["body"], encoding="utf-8")
            return block[0]
        code, printed = run(block["text"], tmp_path)
        expected = int((block["exit"] or " exit 0").split()[-1])
        if code != expected or printed.rstrip() != block["body"].rstrip():
            wrong.append(f"$ {block['text']}  (exit {code}, not {expected})\n{printed}")
        return block[0].replace(block["body"] + block["tail"], printed.rstrip() + "\n```\n")

    renewed = BLOCK.sub(check, text)
    if UPDATE:
        page.write_text(renewed, encoding="utf-8")
    assert not wrong, "\n\n".join(wrong)


def test_readme_has_its_two_commands() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in ("try-command", "test-command"):
        assert re.search(rf"<!-- {name} -->\n+```sh\n[^\n]+\n```\n", text)


def test_links_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_picture_shows_what_is_printed_today() -> None:
    script = "import sys; sys.path.insert(0, 'docs'); from picture import picture; print(picture())"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout.strip() == (ROOT / "docs" / "check.svg").read_text(encoding="utf-8").strip()


def test_the_diff_that_adds_a_layer_is_real(tmp_path: Path) -> None:
    """Taken back, it leaves the package whole, without that layer: it touches no other place."""
    text = (ROOT / "docs" / "adding-a-layer.md").read_text(encoding="utf-8")
    diff = text.split("```diff\n")[1].split("```")[0]
    shutil.copytree(ROOT / "lstmshape", tmp_path / "lstmshape")
    (tmp_path / "tests" / "layers").mkdir(parents=True)
    table = Path("tests", "layers", "test_reshaping.py")
    shutil.copy(ROOT / table, tmp_path / table)
    undo = ["git", "apply", "--reverse", "-"]
    subprocess.run(undo, cwd=tmp_path, input=diff, text=True, encoding="utf-8", check=True)
    (tmp_path / "model.yaml").write_text("input: [4]\nlayers:\n  - RepeatVector: {n: 3}\n")
    # the copy comes first on the path, since the command runs beside it
    code, printed = run("lstmshape check model.yaml --format concise", tmp_path)
    assert code == 1
    assert "Keras has no layer `RepeatVector`" in printed
