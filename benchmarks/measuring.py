"""Seconds of programs as the operating system counts them."""

from __future__ import annotations

import os
import subprocess
import time


def measured(*commands: list[str]) -> tuple[float, float]:
    """CPU seconds (user and system) of commands started at once, and wall seconds till all end."""
    start = time.perf_counter()
    running = [
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for command in commands
    ]
    cpu = sum(ended(process) for process in running)
    return cpu, time.perf_counter() - start


def ended(process: subprocess.Popen[bytes]) -> float:
    """Wait for a process that should go well; its CPU seconds, those of its own ones with them."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{process.args!r} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime
