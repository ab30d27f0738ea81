"""The program as people and CI jobs meet it: real processes, exit codes, both streams."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from reports import GRAPH, STACKED

ROOT = Path(__file__).parent.parent
GOOD = "input: [T, 16]\nlayers:\n  - LSTM: {units: 8}\n"
WARNING = """\
input: [4]
layers:
  - Dense: {units: 3}
  - Dense: {units: 2, name: spare}
outputs: dense
"""
OTHER = "openapi: 3.0.0\npaths: {}\n"


class Project:
    """A folder, and the program run in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def run(
        self, *words: str, input: str | bytes = b"", **environment: str
    ) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-m", "lstmshape", *words], cwd=self.folder,
            input=input.encode() if isinstance(input, str) else input, capture_output=True,
            env=clean_environment(**environment), timeout=60, check=False,
        )  # fmt: skip

    def says(self, *words: str, code: int, **more: str) -> tuple[str, str]:
        """Both streams of a run that ends with a code."""
        done = self.run(*words, **more)
        out, err = done.stdout.decode(), done.stderr.decode()
        assert done.returncode == code, (out, err)
        assert "Traceback" not in err
        return out, err


def clean_environment(**more: str) -> dict[str, str]:
    unwanted = (
        "NO_COLOR", "FORCE_COLOR", "COLUMNS", "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY",
        "PYTHONDONTWRITEBYTECODE",
    )  # fmt: skip
    kept = {key: value for key, value in os.environ.items() if key not in unwanted}
    return {**kept, "PYTHONPATH": str(ROOT), **more}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


# -- exit codes ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["good.yaml"], 0),
        (["stacked.yaml"], 1),
        (["good.yaml", "stacked.yaml"], 1),
        (["stacked.yaml", "--exit-zero"], 0),
        (["warning.yaml"], 0),
        (["warning.yaml", "--strict"], 1),
        (["warning.yaml", "--fail-level", "warning"], 1),
        (["stacked.yaml", "--ignore", "LS301"], 0),
        (["stacked.yaml", "--select", "LS1"], 0),
        (["other.yaml"], 1),
        (["bad.yaml"], 1),
        (["empty.yaml"], 1),
        (["binary.yaml"], 1),
        (["."], 1),
        (["only_good"], 0),
        (["nothing"], 2),
        (["missing.yaml"], 2),
        (["good.yaml", "missing.yaml"], 2),
        (["--nope"], 2),
        (["--format", "xml", "good.yaml"], 2),
        (["--jobs", "0", "good.yaml"], 2),
        (["--dim", "T", "good.yaml"], 2),
        (["--select", "LS999", "good.yaml"], 2),
        (["-o", "nowhere/x.txt", "good.yaml"], 2),
        (["--help"], 0),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_exit_codes(project: Project, words: list[str], code: int) -> None:
    for name, text in (
        ("good.yaml", GOOD), ("stacked.yaml", STACKED), ("warning.yaml", WARNING),
        ("other.yaml", OTHER), ("bad.yaml", "input: [1\nlayers:\n"), ("empty.yaml", ""),
        ("binary.yaml", b"\xff\x00\x01"), ("only_good/a.yaml", GOOD), ("only_good/b.yaml", OTHER),
        ("nothing/b.yaml", OTHER),
    ):  # fmt: skip
        project.write(name, text)
    project.says("check", *words, code=code)


@pytest.mark.parametrize(
    ("words", "code"),
    [(["--version"], 0), (["--help"], 0), ([], 2), (["nope"], 2), (["--nope"], 2)],
)
def test_exit_codes_of_the_program_itself(project: Project, words: list[str], code: int) -> None:
    project.says(*words, code=code)


def test_messages_of_what_cannot_run(project: Project) -> None:
    project.write("only/x.yaml", OTHER)
    assert project.says("check", "nowhere", code=2) == ("", "lstmshape: there is no `nowhere`\n")
    assert project.says("check", "only", code=2)[1] == (
        "lstmshape: no spec found in `only` (1 file is no model)\n"
    )
    project.write("lstmshape.toml", "slect = []")
    _, err = project.says("check", "only", code=2)
    assert err.endswith("lstmshape.toml`: `slect` is no setting; near: `select`\n")
    assert re.fullmatch(r"lstmshape \d+\.\d+\.\d+\n", project.says("--version", code=0)[0])


# -- what is printed where ----------------------------------------------------------------------


def test_concise(project: Project) -> None:
    project.write("a.yaml", STACKED)
    out, err = project.says("check", "a.yaml", "--format", "concise", "--statistics", code=1)
    assert out == (
        "a.yaml:7:5: LS301 `lstm_1` needs a sequence, but `lstm` passes on only its last step\n"
        "1  LS301 collapsed-sequence  1 fixable\n"
    )
    assert err == "checked 1 file: 1 error; 1 fixable with --fix\n"
    assert project.says("check", "a.yaml", "--format=concise", "--quiet", code=1)[1] == ""


def test_json_is_alone_on_standard_output(project: Project) -> None:
    project.write("b/a.yaml", STACKED)
    project.write("b/c.yaml", GOOD)
    project.write("b/d.yaml", OTHER)
    out, err = project.says("check", "b", "--format", "json", "-v", code=1)
    data = json.loads(out)
    assert err == ""
    assert [file["path"] for file in data["files"]] == ["b/a.yaml", "b/c.yaml"]
    assert data["summary"] == {"files": 2, "errors": 1, "warnings": 0, "fixable": 1}


def test_the_table_goes_to_standard_output_and_nothing_else(project: Project) -> None:
    project.write("a.yaml", GRAPH)
    project.write("x.yaml", OTHER)
    out, err = project.says("check", ".", "-v", code=0)
    assert err == ""
    assert out.endswith(
        "\n\nchecked 1 file: nothing to report; passed over 1 file without a model\n"
    )
    assert "passed over" not in project.says("check", ".", code=0)[0]
    project.write("lstmshape.toml", "exclude = ['old']")
    project.write("old/b.yaml", GOOD)
    assert project.says("check", ".", "-v", code=0)[0].endswith(
        "; passed over 1 file without a model; left out 1 excluded by the configuration\n"
    )


def test_an_output_file(project: Project) -> None:
    project.write("a.yaml", STACKED)
    project.write("out.json", "old")
    assert project.says("check", "a.yaml", "--format", "json", "-o", "out.json", code=1) == ("", "")
    assert json.loads((project.folder / "out.json").read_bytes())["version"] == 1
    direct = project.says("check", "a.yaml", code=1, FORCE_COLOR="1")[0]
    project.says("check", "a.yaml", "-o", "out.txt", code=1)
    written = (project.folder / "out.txt").read_text()
    assert "\x1b" not in written
    assert "\x1b" in direct


def test_no_color_codes_in_pipes_unless_forced(project: Project) -> None:
    project.write("a.yaml", STACKED)
    plain = project.says("check", "a.yaml", code=1)[0]
    assert "\x1b" not in plain
    assert "\x1b" in project.says("check", "a.yaml", "--color", "always", code=1, NO_COLOR="1")[0]
    assert project.says("check", "a.yaml", code=1, FORCE_COLOR="1", NO_COLOR="1")[0] == plain
    assert project.says("check", "a.yaml", "--color=never", code=1, FORCE_COLOR="1")[0] == plain


def in_terminal(project: Project, *words: str, columns: int, **environment: str) -> str:
    """What the program writes on a terminal of so many columns."""
    import fcntl
    import struct
    import termios

    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "lstmshape", *words], cwd=project.folder, stdin=terminal,
        stdout=terminal, stderr=terminal, env=clean_environment(**environment),
    )  # fmt: skip
    os.close(terminal)
    out = b""
    while True:
        try:
            piece = os.read(controller, 65536)
        except OSError:
            break
        if not piece:
            break
        out += piece
    os.close(controller)
    process.wait(timeout=60)
    return out.decode().replace("\r\n", "\n")


def test_a_terminal_gets_colours_and_its_own_width(project: Project) -> None:
    project.write("a.yaml", STACKED)
    out = in_terminal(project, "check", "a.yaml", columns=50, TERM="xterm")
    assert "\x1b[" in out
    plain = re.sub(r"\x1b\[[0-9;]*m", "", out)
    assert max(map(len, plain.splitlines())) <= 50
    dull = in_terminal(project, "check", "a.yaml", columns=50, TERM="dumb")
    assert dull == plain
    assert in_terminal(project, "check", "a.yaml", columns=50, NO_COLOR="1") == plain


@pytest.mark.parametrize("format", ["table", "concise", "json"])
def test_the_same_bytes_whatever_the_surroundings(project: Project, format: str) -> None:
    for number in range(6):
        project.write(f"s/{number}.yaml", STACKED.replace("64", str(60 + number)))
    project.write("s/ü.yaml", GRAPH)
    words = ("check", "s", "--format", format)
    first = project.run(*words)
    for environment in (
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "ascii"}, {"PYTHONHASHSEED": "7", "TERM": "xterm-256color"},
        {"LC_ALL": "C.UTF-8"},
    ):  # fmt: skip
        assert project.run(*words, **environment).stdout == first.stdout, environment
    assert project.run(*words, "--jobs", "2").stdout == first.stdout
    assert project.run(*words, "--jobs", "1").stdout == first.stdout


# -- standard input -----------------------------------------------------------------------------


def test_standard_input(project: Project) -> None:
    out, _ = project.says("check", "-", "--format", "concise", code=1, input=STACKED)
    assert out.startswith("<stdin>:7:5: LS301 ")
    words = ("check", "-", "--stdin-filename", "a/b.yaml", "--format", "json")
    data = json.loads(project.says(*words, code=1, input=STACKED)[0])
    assert (data["files"][0]["path"], data["files"][0]["name"]) == ("a/b.yaml", "b")
    assert project.says("check", "-", "--format=concise", code=1)[0].startswith(
        "<stdin>:1:1: LS004"
    )


def test_standard_input_is_fixed_into_standard_output(project: Project) -> None:
    out, err = project.says("check", "-", "--fix", "--format", "concise", code=0, input=STACKED)
    assert out == STACKED.replace("{units: 128}", "{units: 128, return_sequences: true}")
    assert err == "checked 1 file: nothing to report; fixed 1\n"
    out, _ = project.says("check", "-", "--fix", "--quiet", code=0, input=GOOD)
    assert out == GOOD


# -- fixes --------------------------------------------------------------------------------------


def test_fix_writes_and_reports_what_is_left(project: Project) -> None:
    path = project.write("a.yaml", STACKED)
    path.chmod(0o640)
    out, _ = project.says("check", "a.yaml", "--fix", code=0)
    assert "128, return_sequences: true}" in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o640
    assert out.endswith("checked 1 file: nothing to report; fixed 1\n")
    assert "error" not in out
    assert project.says("check", "a.yaml", "--fix", "--quiet", code=0) == ("", "")


def test_fix_keeps_a_byte_order_mark_and_line_ends(project: Project) -> None:
    before = b"\xef\xbb\xbf" + STACKED.replace("\n", "\r\n").encode()
    path = project.write("a.yaml", before)
    project.says("check", "a.yaml", "--fix", code=0)
    assert path.read_bytes() == before.replace(b"128}", b"128, return_sequences: true}")


def test_diff_shows_and_does_not_write(project: Project) -> None:
    path = project.write("a.yaml", STACKED)
    out, err = project.says("check", "a.yaml", "--diff", code=1)
    assert path.read_text() == STACKED
    assert out == (
        "--- a.yaml\n+++ a.yaml\n@@ -1,7 +1,7 @@\n # two LSTMs\n input: [T, 16]\n layers:\n"
        "-  - LSTM: {units: 128}\n+  - LSTM: {units: 128, return_sequences: true}\n \n"
        "   # the last\n   - LSTM: {units: 64}\n"
    )
    assert err == "checked 1 file: nothing to report; would fix 1\n"
    patched = subprocess.run(
        ["git", "apply", "-p0", "-"], cwd=project.folder, input=out.encode(), check=False
    )
    assert patched.returncode == 0
    assert project.says("check", "a.yaml", "--diff", code=0)[0] == ""


def test_diff_with_a_machine_format_goes_aside(project: Project) -> None:
    project.write("a.yaml", STACKED)
    out, err = project.says("check", "a.yaml", "--diff", "--format", "json", code=1)
    assert json.loads(out)["summary"]["errors"] == 0
    assert err.startswith("--- a.yaml\n+++ a.yaml\n")


UNSAFE = """\
input: [20, 4]
layers:
  - LSTM: {units: 8, return_sequences: true}
  - TimeDistributed: {layer: {Activation: {activation: relu}}}
"""


def test_unsafe_fixes_only_when_asked_for(project: Project) -> None:
    path = project.write("a.yaml", UNSAFE)
    words = ("check", "a.yaml", "--fail-level", "note", "--format", "concise")
    _, err = project.says(*words, "--fix", code=1)
    assert err == "checked 1 file: 1 note; 1 with --unsafe-fixes\n"
    assert path.read_text() == UNSAFE
    _, err = project.says(*words, "--unsafe-fixes", code=0)
    assert err == "checked 1 file: nothing to report; fixed 1\n"
    assert "TimeDistributed" not in path.read_text()


def test_a_fix_that_cannot_be_written_is_said(project: Project) -> None:
    path = project.write("a.yaml", STACKED)
    path.chmod(0o444)
    out, err = project.says("check", "a.yaml", "--fix", "--format", "concise", code=2)
    assert out.startswith("a.yaml:7:5: LS301")
    assert "lstmshape: `a.yaml` is read-only\n" in err
    assert path.read_text() == STACKED


# -- configuration, sizes -----------------------------------------------------------------------


def test_the_configuration_of_a_project(project: Project) -> None:
    project.write("pyproject.toml", "[tool.lstmshape]\nformat = 'concise'\nstrict = true\n")
    project.write("old/lstmshape.toml", "ignore = ['LS3']\n")
    project.write("w.yaml", WARNING)
    project.write("old/a.yaml", STACKED)
    out, _ = project.says("check", ".", code=1)
    assert [line.split()[1] for line in out.splitlines()] == ["LS601"]
    assert project.says("check", ".", "--ignore", "LS6,LS3", code=0)[0] == ""
    assert "LS301" in project.says("check", ".", "--ignore", "LS6", code=1)[0]


def test_sizes_bound_on_the_command_line(project: Project) -> None:
    project.write("a.yaml", GOOD)
    out, _ = project.says("check", "a.yaml", "--dim", "T=480", code=0)
    assert "(batch, 480, 16)" in out
    assert "with T = 480\n" in out
    out, _ = project.says("check", "a.yaml", "--columns", "--batch-size", "32", code=0)
    assert "at batch size 32" in out


# -- ends ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_closed_pipe_ends_quietly(project: Project, jobs: str) -> None:
    for number in range(100):  # more than a pipe holds
        project.write(f"s/{number}.yaml", STACKED)
    process = subprocess.Popen(
        [sys.executable, "-m", "lstmshape", "check", "s", "--jobs", jobs], cwd=project.folder,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean_environment(),
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.read(10)
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(timeout=60) == 2


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_an_interrupt_ends_quietly(project: Project, jobs: str) -> None:
    for number in range(400):
        project.write(f"s/{number:03}.yaml", STACKED)
    process = subprocess.Popen(
        [sys.executable, "-m", "lstmshape", "check", "s", "--jobs", jobs], cwd=project.folder,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean_environment(),
        start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.read(10)
    time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert err == b""
    assert process.returncode == 2


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a disk that is always full")
@pytest.mark.parametrize("words", [("check", "a.yaml"), ("check", "a.yaml", "--format", "json")])
def test_a_full_disk_is_said_in_a_line(project: Project, words: tuple[str, ...]) -> None:
    project.write("a.yaml", STACKED)
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "lstmshape", *words], cwd=project.folder, stdout=full,
            stderr=subprocess.PIPE, env=clean_environment(), check=False,
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (2, b"lstmshape: output: no space left on device\n")


def test_closed_streams_are_no_defect(project: Project) -> None:
    project.write("a.yaml", STACKED)
    command = f"{sys.executable} -m lstmshape check a.yaml"
    for closed in (">&-", "2>&-", ">&- 2>&-"):
        done = subprocess.run(
            ["sh", "-c", f"{command} {closed}"], cwd=project.folder, capture_output=True,
            env=clean_environment(), check=False,
        )  # fmt: skip
        assert done.returncode == 1
        assert b"Traceback" not in done.stderr


def test_a_wrong_code_in_a_nested_configuration_is_seen(project: Project) -> None:
    project.write("a/lstmshape.toml", "ignore = ['LS999']\n")
    project.write("a/a.yaml", GOOD)
    project.write("b.yaml", GOOD)
    _, err = project.says("check", ".", "--format", "concise", code=2)
    assert err.startswith("lstmshape: `")
    assert err.endswith("lstmshape.toml`: `LS999` is no code\n")


def test_help_names_every_option_and_completion_works(project: Project) -> None:
    out, _ = project.says("check", "--help", code=0)
    for flag in ("--format", "--fix", "--dim", "--stdin-filename", "--jobs"):
        assert flag in out
    out, _ = project.says(
        code=0,
        _LSTMSHAPE_COMPLETE="complete_bash",
        COMP_WORDS="lstmshape check --form",
        COMP_CWORD="2",
    )
    assert "--format" in out


def test_a_small_check_imports_little(project: Project) -> None:
    path = project.write("a.yaml", GRAPH)
    script = (
        "import sys\nfrom lstmshape.cli import call\n"
        f"code = call(['check', '--format', sys.argv[1], {str(path)!r}])\n"
        "names = {name.partition('.')[0] for name in sys.modules}\n"
        "print(sorted(names & {'rich', 'typer', 'numpy', 'json', 'pydantic', 'difflib', 'inspect',"
        " 'pathlib', 'tempfile', 'multiprocessing', 'tomllib', 'keras'}), file=sys.stderr)\n"
    )
    for format, extra in (("concise", []), ("json", ["json"])):
        done = subprocess.run(
            [sys.executable, "-c", script, format], capture_output=True, text=True, check=True,
            env=clean_environment(), cwd=project.folder,
        )  # fmt: skip
        assert done.stderr.splitlines()[-1] == str(extra)
