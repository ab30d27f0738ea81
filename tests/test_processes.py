"""Work in several processes: the order, the ends, and what is left behind, which is nothing.

Each case is a program of its own: this process may have threads, and must not fork.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
#: what the programs share; a spawned process imports it too
PRELUDE = """
import os, signal, sys, threading, time
from lstmshape.processes import MOST_ITEMS, ProcessEnded, in_processes, may_fork

def doubled(item):
    return 2 * item, os.getpid()

def slow(item):
    time.sleep(0.02)
    return doubled(item)

def large(item):
    return bytes([item]) * 300_000

def deadly(item):
    time.sleep(0.01)
    if item == 5:
        os._exit(3)
    return item

asks = os.getpid()

def killed_elsewhere(item):
    time.sleep(0.01)
    if os.getpid() != asks:
        os.kill(os.getpid(), signal.SIGKILL)
    return item

def no_children():
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return True
    return False

def with_a_thread():
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
"""
FORKS = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="forks are for Linux")


def run(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    (folder / "shared.py").write_text(PRELUDE)
    (folder / "program.py").write_text(f"from shared import *\nif __name__ == '__main__':\n{text}")
    return subprocess.run(
        [sys.executable, "-W", "error", "program.py"], cwd=folder, text=True, capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=60, check=False,
    )  # fmt: skip


PROGRAMS = {
    "in order, whoever does it": """
        for jobs in (1, 2, 3, 7):
            for count in (0, 1, 2, 50):
                done = [value for value, _ in in_processes(doubled, range(count), jobs)]
                assert done == [2 * k for k in range(count)], (jobs, count, done)
        assert no_children()
    """,
    "the one that asks works too": """
        workers = {worker for _, worker in in_processes(slow, range(20), 2)}
        assert len(workers) == 2 and os.getpid() in workers, workers
        workers = {worker for _, worker in in_processes(slow, range(40), 4)}
        assert len(workers) == 4, workers
    """,
    "as many items as there may be": """
        done = [value for value, _ in in_processes(doubled, range(MOST_ITEMS), 3)]
        assert done == [2 * k for k in range(MOST_ITEMS)]
    """,
    "more than a pipe holds": """
        assert list(in_processes(large, range(40), 3)) == [large(k) for k in range(40)]
    """,
    "broken off": """
        done = in_processes(slow, range(200), 3)
        assert next(done)[0] == 0
        assert not no_children()
        started = time.monotonic()
        done.close()
        assert no_children() and time.monotonic() - started < 2
    """,
    "killed": """
        try:
            print(list(in_processes(killed_elsewhere, range(50), 2)))
        except ProcessEnded as problem:
            assert "--jobs 1" in str(problem) and no_children()
        else:
            raise AssertionError
    """,
    "killed, and nobody may hear of it": """
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        try:
            print(list(in_processes(killed_elsewhere, range(50), 2)))
        except ProcessEnded:
            pass
        else:
            raise AssertionError
    """,
    "nobody hears of ends, and all is well": """
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        assert [value for value, _ in in_processes(doubled, range(30), 3)] == list(range(0, 60, 2))
    """,
    "no process to be had": """
        def refused():
            raise BlockingIOError(11, "no more processes")

        before = len(os.listdir("/proc/self/fd"))
        os.fork = refused
        workers = {worker for _, worker in in_processes(slow, range(5), 3)}
        assert workers == {os.getpid()}
        assert len(os.listdir("/proc/self/fd")) == before
    """,
    "no descriptor is left open": """
        before = os.listdir("/proc/self/fd")
        list(in_processes(doubled, range(30), 4))
        after = os.listdir("/proc/self/fd")
        assert after == before, (before, after)
    """,
    "with threads, by processes that begin anew": """
        assert may_fork()
        with_a_thread()
        assert not may_fork()
        done = list(in_processes(slow, range(12), 2))
        assert [value for value, _ in done] == list(range(0, 24, 2))
        assert os.getpid() not in {worker for _, worker in done}
    """,
    "with threads, and killed": """
        with_a_thread()
        try:
            list(in_processes(deadly, range(12), 2))
        except ProcessEnded:
            pass
        else:
            raise AssertionError
    """,
}


@FORKS
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program(name: str, tmp_path: Path) -> None:
    done = run(tmp_path, PROGRAMS[name])
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@FORKS
def test_nobody_is_left_when_the_one_that_asks_is_killed(tmp_path: Path) -> None:
    program = """
        done = in_processes(slow, range(500), 3)
        workers = {next(done)[1] for _ in range(30)}
        print(*workers, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    """
    done = run(tmp_path, program)
    assert done.returncode == -9
    workers = [int(word) for word in done.stdout.split()]
    assert len(workers) == 3
    until = time.monotonic() + 10
    while any(map(runs, workers)) and time.monotonic() < until:
        time.sleep(0.02)
    assert not any(map(runs, workers))


def runs(process: int) -> bool:
    """Whether a process is there, and no mere entry that nobody has asked for."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


@FORKS
def test_a_check_of_which_a_process_is_killed(tmp_path: Path) -> None:
    for number in range(40):
        (tmp_path / f"{number:02}.yaml").write_text("input: [4]\nlayers: [{Dense: {units: 2}}]\n")
    (tmp_path / "killed.py").write_text(
        "import os, sys, time\n"
        "from lstmshape import jobs\n"
        "from lstmshape.cli import call\n"
        "own, real = os.getpid(), jobs.check_document\n"
        "def check(*given):\n"
        "    if os.getpid() != own:\n"
        "        os.kill(os.getpid(), 9)\n"
        "    time.sleep(0.01)\n"
        "    return real(*given)\n"
        "jobs.check_document = check\n"
        "sys.exit(call(sys.argv[1:]))\n"
    )
    done = subprocess.run(
        [sys.executable, "killed.py", "check", ".", "--format", "concise", "--jobs", "2"],
        cwd=tmp_path, text=True, capture_output=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("lstmshape: a process that checked some of the files was killed")
    assert done.stderr.count("\n") == 1


@FORKS
def test_the_same_bytes_from_processes_that_begin_anew(tmp_path: Path) -> None:
    """As on Windows and macOS: here a thread forbids to fork."""
    for number in range(20):
        text = f"input: [4]\nlayers: [{{Dense: {{unit: {number}}}}}]\n"
        (tmp_path / f"{number:02}.yaml").write_text(text)
    (tmp_path / "threaded.py").write_text(
        "import sys, threading, time\n"
        "from lstmshape.cli import call\n"
        "if __name__ == '__main__':\n"
        "    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
        "    code = call(sys.argv[1:])\n"
        "    assert 'concurrent.futures' in sys.modules\n"
        "    sys.exit(code)\n"
    )
    words = ["check", ".", "--format", "json", "--jobs"]
    threaded, plain = (
        subprocess.run(
            [sys.executable, *program, *words, jobs], cwd=tmp_path, capture_output=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=60, check=False,
        )
        for program, jobs in ((["threaded.py"], "3"), (["-m", "lstmshape"], "1"))
    )  # fmt: skip
    assert (threaded.returncode, threaded.stderr) == (plain.returncode, plain.stderr) == (1, b"")
    assert threaded.stdout == plain.stdout
