"""HDF5 files that hurt the library that reads them: the process that does is done without."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lstmshape.facts import Unreadable
from lstmshape.frontends import h5_process, keras_h5, read

h5py = pytest.importorskip("h5py")
DATA = Path(__file__).parent / "data"
BROKEN = "the HDF5 library crashes on it, or never ends"


@pytest.fixture(autouse=True)
def no_reader_is_left() -> Iterator[None]:
    yield
    if keras_h5._reader is not None:
        keras_h5._reader.end()
        keras_h5._reader = None


def model(config: object) -> bytes:
    made = io.BytesIO()
    with h5py.File(made, "w") as file:
        file.attrs["model_config"] = config
    return made.getvalue()


GOOD = model(
    '{"class_name": "Sequential", "config": {"name": "s", "layers": [{"class_name": "Dense",'
    ' "config": {"units": 3, "batch_input_shape": [null, 4]}}]}}'
)


def problem(data: bytes, path: str | None = None) -> str:
    (fact,) = read("m.h5", data, path).facts
    assert isinstance(fact, Unreadable)
    return fact.problem


def test_one_process_reads_them_all(tmp_path: Path) -> None:
    assert read("m.h5", GOOD).tree is not None
    first = keras_h5._reader
    path = tmp_path / "n\n\udcff.h5"
    path.write_bytes(GOOD)
    assert read("m.h5", GOOD[:100], str(path)).tree is not None
    assert "HDF5 file is broken" in problem(GOOD[:100])
    assert keras_h5._reader is first


def test_a_file_that_keeps_the_library_busy_for_ever() -> None:
    """Found by `python -m fuzz`; it took h5py 3.16 more than ten minutes."""
    assert problem((DATA / "endless.h5").read_bytes()).startswith("the HDF5 file is broken")
    assert read("m.h5", GOOD).tree is not None  # the next one is read as ever


@pytest.mark.parametrize(
    "does", ["while True: pass", "os.abort()", "os._exit(0)", "x = 'x' * 3_000_000_000"]
)
def test_what_can_become_of_the_process(
    does: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same program, with one in place of the library that does what it should not."""
    text = Path(h5_process.__file__).read_text(encoding="utf-8")
    program = tmp_path / "program.py"
    program.write_text(text.replace("with h5py.File(path", f"{does}\n        with h5py.File(path"))
    monkeypatch.setattr(h5_process, "__file__", str(program))
    start = time.monotonic()
    said = problem(GOOD)
    assert BROKEN in said or "3_000" in does
    assert said.startswith("the HDF5 file is broken")
    assert time.monotonic() - start < keras_h5.PATIENCE


def test_a_clock_where_the_kernel_counts_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "program.py"
    program.write_text("import time\nprint('ready', flush=True)\ntime.sleep(60)\n")
    monkeypatch.setattr(h5_process, "__file__", str(program))
    monkeypatch.setattr(keras_h5, "PATIENCE", 0.5)
    assert BROKEN in problem(GOOD)
