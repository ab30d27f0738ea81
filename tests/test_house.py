"""The house: a stage imports only itself and earlier ones; what runs imports nothing of Keras."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "lstmshape"

#: the stages in order; a stage is a module, or a package with all that is in it
STAGES = (
    "__init__", "collector", "source", "dims", "requirements", "facts", "changes", "near",
    "naming", "losses", "slices", "model", "layers", "frontends", "spec", "binding", "graph",
    "flow", "calls", "connections", "giving", "calling", "nested", "propagate", "case", "arrays",
    "feeding", "diagnostics",
    "rules", "ignores", "repair", "pipeline", "errors", "formats", "patterns", "config",
    "discovery", "render", "streams", "settings", "writing", "fixing", "ignoring", "processes",
    "jobs",
    "commandline",
    "api", "keras", "export", "diff", "schema", "explain", "changed", "progress", "run", "cli",
    "__main__",
)  # fmt: skip

MODULES = sorted(PACKAGE.rglob("*.py"))


def stage_of(dotted: str) -> str:
    parts = dotted.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def imported(path: Path) -> set[str]:
    """The modules of the package that a module imports, also inside functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module)
            if node.module == "lstmshape":
                found.update(f"lstmshape.{a.name}" for a in node.names if a.name in STAGES)
        elif isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
    return {name for name in found if name.split(".")[0] == "lstmshape"}


def test_every_module_is_in_a_stage() -> None:
    stages = {stage_of(_dotted(path)) for path in MODULES}
    assert stages <= set(STAGES)


def _dotted(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__") or "lstmshape"


@pytest.mark.parametrize("path", MODULES, ids=_dotted)
def test_imports_only_earlier_stages(path: Path) -> None:
    own = STAGES.index(stage_of(_dotted(path)))
    if own == 0:
        return
    later = {m for m in imported(path) if m != "lstmshape" and STAGES.index(stage_of(m)) > own}
    assert not later


def test_no_clock_has_a_say_in_what_is_found() -> None:
    """The same input gives the same bytes on a machine that is busy; only the bar looks at one."""
    clocks = re.compile(r"^\s*(import|from) (time|datetime|random)\b", re.M)
    looking = {path.name for path in MODULES if clocks.search(path.read_text(encoding="utf-8"))}
    # one is for the process that reads HDF5, which may not run for ever; one for the tests alone
    assert looking <= {"progress.py", "h5_process.py", "store.py"}


def test_nothing_of_keras_is_imported_to_check() -> None:
    script = (
        "import sys\n"
        "from lstmshape.case import judge\n"
        "from lstmshape.rules import diagnose\n"
        "assert not diagnose(judge({'input': ['T', 3], 'layers': [{'LSTM': {'units': 4}}]}))\n"
        "print([m for m in sys.modules if m.split('.')[0] in ('keras', 'jax', 'numpy', 'rich')])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False,
        cwd=PACKAGE.parent,
    )  # fmt: skip
    assert done.stdout.strip() == "[]", done.stdout + done.stderr
