"""`--fix` where something goes wrong: each file holds its old text or its new one, whole."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BROKEN = """\
input: [T, 16]
layers:
  - LSTM: {{units: {units}}}
  - LSTM: {{units: 64, return_sequence: true}}
  - Dense: {{units: 1}}
"""
FILES = 40


#: a limit is set by the process itself: `preexec_fn` would fork this one, which has JAX's threads
LIMITED = (
    "import resource, runpy; resource.setrlimit(resource.RLIMIT_FSIZE, (50, 50)); "
    "runpy.run_module('lstmshape', run_name='__main__', alter_sys=True)"
)


def fix(folder: Path, *words: str, limited: bool = False) -> list[str]:
    start = ["-c", LIMITED] if limited else ["-m", "lstmshape"]
    command = [sys.executable, *start, "check", *words, "--fix", "--unsafe-fixes"]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, check=False, timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    err = done.stderr.decode()
    assert "Traceback" not in err
    return [str(done.returncode), err]


def specs(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix == ".yaml"}


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of specs that can be fixed; nothing is changed in it."""
    folder = tmp_path_factory.mktemp("old")
    for number in range(FILES):
        (folder / f"{number:02}.yaml").write_text(BROKEN.format(units=number + 8))
    return folder


@pytest.fixture(scope="module")
def new(old: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The specs of that folder once they are fixed."""
    folder = tmp_path_factory.mktemp("new") / "specs"
    shutil.copytree(old, folder)
    assert fix(folder, ".")[0] == "0"
    fixed = specs(folder)
    assert all(fixed[name] != text for name, text in specs(old).items())
    return fixed


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_killed_in_the_midst(old: Path, new: dict[str, bytes], tmp_path: Path, jobs: str) -> None:
    before = specs(old)
    began = ended = 0
    for attempt in range(6):
        folder = tmp_path / str(attempt)
        shutil.copytree(old, folder)
        process = subprocess.Popen(
            [sys.executable, "-m", "lstmshape", "check", ".", "--fix", "--unsafe-fixes",
             "--jobs", jobs],
            cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": str(ROOT)}, start_new_session=True,
        )  # fmt: skip
        wait_for_changes(folder, before, process, attempt * 3)
        os.killpg(process.pid, 9)
        process.wait()
        now = specs(folder)
        assert now.keys() == before.keys()
        for name, text in now.items():
            assert text in (before[name], new[name]), name
        changed = sum(text == new[name] for name, text in now.items())
        began += changed > 0
        ended += changed == FILES
    assert began > ended  # some were killed in the midst


def wait_for_changes(
    folder: Path, before: dict[str, bytes], process: subprocess.Popen[bytes], wanted: int
) -> None:
    """Until more than so many files are fixed, or the process has ended."""
    while process.poll() is None:
        if sum(text != before[name] for name, text in specs(folder).items()) > wanted:
            return
        time.sleep(0.001)


def test_a_full_disk(old: Path, tmp_path: Path) -> None:
    """No file may grow beyond a few bytes, so that every write fails in its midst."""
    folder = tmp_path / "full"
    shutil.copytree(old, folder)
    code, err = fix(folder, ".", limited=True)
    assert code == "2"
    assert "cannot write" in err
    assert specs(folder) == specs(old)
    assert sorted(path.name for path in folder.iterdir()) == sorted(specs(old))


def test_a_read_only_file_among_others(old: Path, new: dict[str, bytes], tmp_path: Path) -> None:
    folder = tmp_path / "some"
    shutil.copytree(old, folder)
    (folder / "07.yaml").chmod(0o444)
    code, err = fix(folder, ".")
    assert code == "2"
    assert "07.yaml` is read-only" in err
    assert specs(folder) == new | {"07.yaml": specs(old)["07.yaml"]}


def test_a_symbolic_link(old: Path, new: dict[str, bytes], tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    target = tmp_path / "elsewhere" / "07.yaml"
    target.write_bytes(specs(old)["07.yaml"])
    link = tmp_path / "link.yaml"
    link.symlink_to(target)
    assert fix(tmp_path, "link.yaml")[0] == "0"
    assert link.is_symlink()
    assert target.read_bytes() == new["07.yaml"]
