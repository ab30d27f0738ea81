"""What others copy or call: the hooks, the action, and the blocks of docs/ci.md, each tried."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from reports import STACKED

from lstmshape.config import checked

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
FIXED = STACKED.replace("{units: 128}", "{units: 128, return_sequences: true}")

needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")


def block(name: str) -> str:
    """A block of the page."""
    found = re.search(rf"<!-- part: {name} -->\n```\w+\n(.*?)```\n", PAGE, re.DOTALL)
    assert found is not None, name
    return found[1]


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """A project with a good spec, a broken one, and YAML and JSON that are something else."""
    folder = tmp_path / "project"
    (folder / "more models").mkdir(parents=True)
    for name, text in (
        ("broken.yaml", STACKED), ("good.yaml", FIXED), ("more models/good.yml", FIXED),
        ("openapi.yaml", "openapi: 3.0.0\npaths: {}\n"), ("package.json", '{"name": "x"}\n'),
        ("compose.yml", "services: {web: {image: x}}\n"),
    ):  # fmt: skip
        (folder / name).write_text(text)
    return folder


def program(path: Path) -> Path:
    """The program `lstmshape` of this checkout, as a script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m lstmshape "$@"\n')
    path.chmod(0o755)
    return path


def bash(
    script: str, folder: Path, *, path: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GITHUB_")}
    found = f"{path}{os.pathsep}{kept['PATH']}" if path is not None else kept["PATH"]
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script], cwd=folder,
        env={**kept, **environment, "PATH": found}, capture_output=True, encoding="utf-8",
        check=False, timeout=120,
    )  # fmt: skip


# -- pre-commit ---------------------------------------------------------------------------------

#: builds a wheel of one script without anything from the network
BACKEND = """\
import zipfile
FILES = {{
    "lstmshape-0.data/scripts/lstmshape": {script!r},
    "lstmshape-0.dist-info/METADATA": "Metadata-Version: 2.1\\nName: lstmshape\\nVersion: 0\\n",
    "lstmshape-0.dist-info/WHEEL":
        "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    "lstmshape-0.dist-info/RECORD": "",
}}
def build_wheel(folder, config_settings=None, metadata_directory=None):
    name = "lstmshape-0-py3-none-any.whl"
    with zipfile.ZipFile(f"{{folder}}/{{name}}", "w") as wheel:
        for path, text in FILES.items():
            file = zipfile.ZipInfo(path)
            file.external_attr = 0o100755 << 16
            wheel.writestr(file, text)
    return name
"""
PROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'


def commit(folder: Path, environment: dict[str, str]) -> None:
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "all")):
        subprocess.run(["git", *words], cwd=folder, env=environment, check=True)


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
@pytest.mark.skipif(find_spec("pre_commit") is None, reason="pre-commit is not installed")
def test_the_hooks_in_a_scratch_repository(scratch: Path, tmp_path: Path) -> None:
    """`pre-commit try-repo` with the hooks as they are; what is installed runs this checkout."""
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    shutil.copy(ROOT / ".pre-commit-hooks.yaml", hooks)
    script = program(tmp_path / "lstmshape").read_text()
    (hooks / "backend.py").write_text(BACKEND.format(script=script))
    (hooks / "pyproject.toml").write_text(PROJECT)
    keys = ("AUTHOR_NAME", "AUTHOR_EMAIL", "COMMITTER_NAME", "COMMITTER_EMAIL")
    who = {f"GIT_{key}": "a@b" for key in keys}
    environment = {
        **os.environ, **who, "GIT_CONFIG_GLOBAL": os.devnull, "TMPDIR": str(tmp_path),
        "PRE_COMMIT_HOME": str(tmp_path / "cache"), "PRE_COMMIT_COLOR": "never",
    }  # fmt: skip
    commit(hooks, environment)
    commit(scratch, environment)
    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", "try-repo", str(hooks), "--all-files", "--verbose"],
        cwd=scratch, env=environment, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr
    said = done.stdout.partition("lstmshape check.")[2]
    check, fix = re.split(r"(?m)^lstmshape check --fix", said)
    assert "Failed\n- hook id: lstmshape\n" in check
    assert check.count("error[") == 1
    assert "error[LS301]" in check
    assert "--> broken.yaml:7:5" in check
    assert "Failed\n- hook id: lstmshape-fix\n" in fix
    assert "files were modified by this hook" in fix
    assert "error" not in fix
    assert (scratch / "broken.yaml").read_text() == FIXED


def test_the_hooks_are_declared_as_pre_commit_asks() -> None:
    check, fix = HOOKS
    assert (check["id"], fix["id"]) == ("lstmshape", "lstmshape-fix")
    assert fix["require_serial"] is True
    for hook in HOOKS:
        assert hook["minimum_pre_commit_version"] == "2.9.0"
        assert set(hook["types_or"]) == {"yaml", "json"}
        assert hook["entry"].split()[:3] == ["lstmshape", "check", "--specs-only"]
    (repository,) = yaml.safe_load(block("pre-commit"))["repos"]
    assert repository["hooks"] == [{"id": "lstmshape"}]
    told = re.findall(r"- id: ([\w-]+)", block("pre-commit"))
    assert told == [hook["id"] for hook in HOOKS]


# -- the action ---------------------------------------------------------------------------------


def step(name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in ACTION["runs"]["steps"] if one["id"] == name)
    return found


def with_inputs(text: str, **given: str) -> str:
    """A text with GitHub's expressions replaced: inputs, and others by their last word."""

    def value(match: re.Match[str]) -> str:
        kind, _, name = match[1].partition(".")
        if kind == "inputs":
            return given.get(name, ACTION["inputs"][name]["default"])
        return given[match[1].rpartition(".")[2]]

    return re.sub(r"\$\{\{ ([\w.]+) \}\}", value, text)


def run_check(scratch: Path, **inputs: str) -> tuple[subprocess.CompletedProcess[str], Path]:
    given = step("check")
    tool = str(program(scratch.parent / "bin" / "lstmshape"))
    environment = {key: with_inputs(v, program=tool, **inputs) for key, v in given["env"].items()}
    files = {name: str(scratch.parent / name) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    return bash(given["run"], scratch, **environment, **files), scratch.parent


@needs_bash
def test_the_action_annotates_sums_up_and_writes_sarif(scratch: Path) -> None:
    done, outside = run_check(scratch)
    assert done.returncode == 1
    (line,) = done.stdout.splitlines()
    places = "file=broken.yaml,line=7,col=5,endLine=7,endColumn=9"
    assert line.startswith(f"::error {places},title=LS301 collapsed-sequence::")
    summary = (outside / "GITHUB_STEP_SUMMARY").read_text()
    assert summary.count("### lstmshape") == 1
    assert "| <code>broken.yaml:7</code> | LS301 error |" in summary
    assert (outside / "GITHUB_OUTPUT").read_text() == "sarif=lstmshape.sarif\n"
    (run,) = json.loads((scratch / "lstmshape.sarif").read_text())["runs"]
    assert [result["ruleId"] for result in run["results"]] == ["LS301"]


@needs_bash
@pytest.mark.parametrize(
    ("inputs", "code"),
    [
        ({"paths": "good.yaml\nmore models\n", "sarif": ""}, 0),
        ({"args": "--ignore LS301  --strict", "sarif": "out.sarif"}, 0),
        ({"paths": "nowhere"}, 2),
        ({"paths": "--help", "sarif": ""}, 2),
        ({"args": "$(touch pwned) ; touch pwned", "paths": "`touch pwned`", "sarif": ""}, 2),
        # blanks at the ends of a line are none of the name
        ({"paths": "  good.yaml \t\r\n\n more models\r\n", "sarif": ""}, 0),
        ({"sarif": "pwned\nprogram=/bin/false"}, 2),
    ],
)  # fmt: skip
def test_the_inputs_of_the_action(scratch: Path, inputs: dict[str, str], code: int) -> None:
    done, _ = run_check(scratch, **inputs)
    assert (done.returncode, done.stdout) == (code, ""), done.stderr
    assert (scratch / "out.sarif").exists() is (inputs.get("sarif") == "out.sarif")
    assert not (scratch / "pwned").exists()


@needs_bash
@pytest.mark.parametrize(("version", "wanted"), [("", "/the/action"), ("1.2", "lstmshape==1.2")])
def test_what_the_action_installs(tmp_path: Path, version: str, wanted: str) -> None:
    """Python stands in for itself: it makes the folder of the environment, and prints the rest."""
    python = tmp_path / "bin" / "python3"
    python.parent.mkdir()
    python.write_text('#!/bin/sh\nmkdir -p "$3/bin"; cp "$0.pip" "$3/bin/python"\n')
    stand_in = tmp_path / "bin" / "python3.pip"
    stand_in.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    for path in (python, stand_in):
        path.chmod(0o755)
    given = step("install")
    environment = {
        key: with_inputs(v, version=version, action_path="/the/action")
        for key, v in given["env"].items()
    }
    output = tmp_path / "output"
    done = bash(
        given["run"], tmp_path, path=python.parent, GITHUB_OUTPUT=str(output),
        RUNNER_TEMP=str(tmp_path / "t"), **environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == wanted
    assert output.read_text() == f"program={tmp_path}/t/lstmshape/bin/lstmshape\n"


def test_nothing_is_put_into_the_scripts_of_the_action() -> None:
    """An expression in a script would run what stands in an input."""
    for one in ACTION["runs"]["steps"]:
        assert "${{" not in one["run"]
    assert set(ACTION["inputs"]) >= {"paths", "version", "args"}


# -- the page -----------------------------------------------------------------------------------


def test_the_workflow_gives_the_action_what_it_takes() -> None:
    job = yaml.safe_load(block("github"))["jobs"]["shapes"]
    used = next(one for one in job["steps"] if one["uses"].startswith("OWNER/"))
    assert set(used["with"]) <= set(ACTION["inputs"])
    assert used["id"] == "shapes"
    outputs = set(re.findall(r"steps\.shapes\.outputs\.(\w+)", block("github")))
    assert outputs <= set(ACTION["outputs"])


@needs_bash
def test_the_two_lines_without_the_action(scratch: Path) -> None:
    tools = program(scratch.parent / "bin" / "lstmshape").parent
    install, check = (one["run"] for one in yaml.safe_load(block("github-by-hand")))
    assert install.startswith("pip install ")
    done = bash(check, scratch, path=tools)
    assert (done.returncode, done.stdout[:24]) == (1, "::error file=broken.yaml")


@needs_bash
def test_the_job_for_gitlab(scratch: Path) -> None:
    job = yaml.safe_load(block("gitlab"))["lstmshape"]
    tools = program(scratch.parent / "bin" / "lstmshape").parent
    assert bash("\n".join(job["script"]), scratch, path=tools).returncode == 1
    report = scratch / job["artifacts"]["reports"]["codequality"]
    (found,) = json.loads(report.read_text())
    assert found["location"]["path"] == "broken.yaml"


@needs_bash
def test_the_recipe_for_other_ci(scratch: Path) -> None:
    """`python3 -m venv` is stood in for: its folder gets a pip that does nothing."""
    tools = program(scratch.parent / "bin" / "lstmshape").parent
    python = tools / "python3"
    python.write_text(
        '#!/bin/sh\nmkdir -p "$3/bin"; cp "$(dirname "$0")/lstmshape" "$3/bin/"\n'
        'printf "#!/bin/sh\\n" > "$3/bin/pip"; chmod +x "$3/bin/pip"\n'
    )
    python.chmod(0o755)
    assert bash(block("other"), scratch, path=tools).returncode == 1
    root = ElementTree.parse(scratch / "lstmshape.xml").getroot()
    assert (root.get("tests"), root.get("failures")) == ("3", "1")


def test_the_configuration_is_one_and_no_key_is_left_out() -> None:
    from lstmshape.config import KEYS, Config
    from lstmshape.settings import check_config

    values = tomllib.loads(block("configuration"))
    check_config(Config(checked(values, "lstmshape.toml"), "."))
    told = set(values) | set(re.findall(r"`([\w-]+)`", PAGE.rpartition("Other keys:")[2]))
    assert told == set(KEYS)


def test_named_files_that_are_no_models(
    scratch: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """`--specs-only`, as the hooks call it."""
    from lstmshape.cli import call

    monkeypatch.chdir(scratch)
    (scratch / "lstmshape.toml").write_text("exclude = ['broken.*']\n")
    words = ["check", "--format", "concise", "--specs-only"]
    assert call([*words, "openapi.yaml", "package.json"]) == 0
    assert call([*words, "openapi.yaml", "broken.yaml", "good.yaml"]) == 0
    assert capfd.readouterr().err.splitlines() == [
        "checked 0 files: nothing to report", "checked 1 file: nothing to report",
    ]  # fmt: skip
    assert call([*words, "missing.yaml"]) == 2
    os.mkdir("empty")
    assert call([*words, "empty"]) == 2  # a folder in which nothing is found stays an error
    assert call(["check", "openapi.yaml"]) == 1


def test_what_the_schema_command_prints(capfd: pytest.CaptureFixture[str]) -> None:
    """It is the schema that the other tests hold to specs, and a language server can read it."""
    from lstmshape.cli import call
    from lstmshape.schema import spec_schema

    assert call(["schema"]) == 0
    printed = json.loads(capfd.readouterr().out)
    assert printed == json.loads(json.dumps(spec_schema()))
    assert printed["$schema"] == "http://json-schema.org/draft-07/schema#"
