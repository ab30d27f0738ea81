"""Files that mean harm, or are damaged: one clear diagnostic in a second, and nothing is run."""

from __future__ import annotations

import io
import json
import random
import struct
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from keras_agree import report_of

from lstmshape.pipeline import FileReport

FOLDER = Path(__file__).parent / "keras_files"
ROOT = FOLDER.parent.parent
MODEL = {
    "class_name": "Sequential",
    "config": [{"class_name": "Dense", "config": {"units": 2, "batch_input_shape": [None, 4]}}],
}


def judged(name: str, data: bytes | str) -> FileReport:
    """The report, which must not take long."""
    start = time.process_time()
    report = report_of(name, data)
    for diagnostic in report.diagnostics:
        diagnostic.locate(report.document)
    assert time.process_time() - start < 1
    return report


def archive(*members: tuple[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", how) as made:
        for name, content in members:
            made.writestr(name, content)
    return data.getvalue()


GOOD = archive(("metadata.json", b"{}"), ("config.json", json.dumps(MODEL).encode()))


def lying(data: bytes, size: int) -> bytes:
    """An archive whose list says another size of the first member than is true."""
    at = data.rfind(b"PK\x01\x02")
    return data[: at + 24] + struct.pack("<L", size) + data[at + 28 :]


ARCHIVES: dict[str, tuple[bytes, str]] = {
    "a bomb": (archive(("config.json", b" " * 30_000_000)), "10,000,000 bytes"),
    "a bomb that says it is small": (
        lying(archive(("config.json", b" " * 30_000_000)), 10), "broken",
    ),
    "too many members": (archive(*((f"{n:050}", b"") for n in range(12_000))), "list of members"),
    "cut short": (GOOD[: len(GOOD) // 2], "broken"),
    "nothing but a beginning": (b"PK\x03\x04", "broken"),
    "packed otherwise": (
        archive(("config.json", b"{}"), how=zipfile.ZIP_BZIP2), "in a way that Keras does not use",
    ),
    "no JSON": (archive(("config.json", b"\xff\xfe")), "not UTF-8"),
    "broken JSON": (archive(("config.json", b'{"class_name": ')), "ends too early"),
    "no config": (archive(("../config.json", b"{}")), "without config.json"),
    "deep JSON": (archive(("config.json", b"[" * 100_000)), "100 levels"),
}  # fmt: skip


@pytest.mark.parametrize("name", ARCHIVES)
def test_archives(name: str) -> None:
    data, words = ARCHIVES[name]
    (found,) = judged("m.keras", data).diagnostics
    assert found.severity == "error"
    assert words in f"{found.message} {found.label}"


H5: dict[str, tuple[Any, str]] = {
    "a number": (5, "without `model_config`"),
    "numbers": ([1.5] * 50, "without `model_config`"),
    "texts": ([b'{"class_name"'] * 3, "without `model_config`"),
    "no text": (b"\xff\xfe{", "expecting value"),
    "deep JSON": ("[" * 1_000, "100 levels"),
    "a text without a model": ("[]", "whose layers are not in the file"),
}


@pytest.mark.parametrize("name", H5)
def test_h5_files(name: str) -> None:
    h5py = pytest.importorskip("h5py")
    value, words = H5[name]
    data = io.BytesIO()
    with h5py.File(data, "w") as file:
        file.attrs["model_config"] = value
    (found,) = judged("m.h5", data.getvalue()).diagnostics
    assert words in f"{found.message} {found.label}"
    (cut,) = judged("m.h5", data.getvalue()[:500]).diagnostics
    assert "broken" in f"{cut.message} {cut.label}"


@pytest.mark.skipif(sys.platform != "linux", reason="counts memory as Linux does")
def test_large_files_take_little_memory(tmp_path: Path) -> None:
    """A bomb, and an archive with weights of 1 GB (a hole in the file), in one process."""
    bomb, large = tmp_path / "bomb.keras", tmp_path / "large.keras"
    bomb.write_bytes(archive(("config.json", b" " * 30_000_000)))
    config = json.dumps(MODEL).encode()
    large.write_bytes(archive(("model.weights.h5", b"x"), ("config.json", config)))
    start = large.read_bytes()
    with large.open("r+b") as file:
        # what stands before an archive is none of it
        file.seek(2**30)
        file.write(start)
    # what a process has used at most since it began is in a file of Linux's
    script = (
        "import sys\nfrom lstmshape.cli import call\n"
        "code = call(['check', '--format', 'concise', *sys.argv[1:]])\n"
        "peak = open('/proc/self/status').read().split('VmHWM:')[1].split()[0]\n"
        "print(code, peak, flush=True)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, bomb, large], capture_output=True, text=True, check=True,
        cwd=ROOT, timeout=20,
    )  # fmt: skip
    found, last = done.stdout.splitlines()
    assert "config.json of more than 10,000,000 bytes" in found
    code, peak = map(int, last.split())
    assert code == 1
    assert peak < 60_000


TEXTS: dict[str, str] = {
    "deep JSON": '{"class_name": "Sequential", "config": ' + "[" * 200_000,
    "deep, and closed": '{"class_name": "Sequential", "config": ' + "[" * 150 + "]" * 150 + "}",
    "cut short": json.dumps(MODEL)[:-20],
    "a comma too many": json.dumps(MODEL)[:-2] + ",]}",
    "two values": json.dumps(MODEL) + "{}",
    "a string in a string in a string": json.dumps(
        json.dumps(json.dumps(json.dumps(json.dumps(MODEL))))
    ),
    "aliases of aliases": "class_name: Sequential\nconfig:\n- &a0 [x, x]\n"
    + "".join(f"- &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]\n" for n in range(1, 60)),
}


@pytest.mark.parametrize("name", TEXTS)
def test_texts(name: str) -> None:
    (found,) = judged("m.json", TEXTS[name]).diagnostics
    assert found.severity == "error"


def test_a_list_that_holds_itself() -> None:
    report = judged("m.yaml", "class_name: Sequential\nconfig: &a\n- *a\n")
    assert not report.ok


@pytest.mark.parametrize("digits", [5_000, 500_000])
def test_a_number_of_many_digits(digits: int) -> None:
    text = json.dumps(MODEL).replace('"units": 2', '"units": ' + "9" * digits)
    assert not judged("m.json", text).ok


TAGS = (
    "!!python/object/apply:os.system", "!!python/object/new:subprocess.Popen",
    "!!python/object:os.stat_result", "!!python/name:os.system", "!!python/module:os",
)  # fmt: skip


@pytest.mark.parametrize("tag", TAGS)
def test_no_tag_of_yaml_does_anything(tag: str, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    text = (
        "class_name: Sequential\nconfig:\n- class_name: Dense\n  config:\n    units: 2\n"
        f"    batch_input_shape: !!python/tuple [null, 4]\n    extra: {tag} ['touch {trace}']\n"
    )
    report = judged("m.yaml", text)
    assert report.document.kind == "keras-yaml"
    assert report.diagnostics == []
    assert not trace.exists()


def test_a_marshalled_lambda_is_not_decoded() -> None:
    code = {"class_name": "__lambda__", "config": {"code": "not base64 \u2603", "defaults": None}}
    model = {"class_name": "Sequential", "config": {"name": "s", "layers": [
        {"class_name": "InputLayer", "module": "keras", "config": {"batch_shape": [None, 4]}},
        {"class_name": "Lambda", "module": "keras", "config": {"function": code}},
        {"class_name": "Dense", "module": "keras", "config": {"units": 2}},
    ]}}  # fmt: skip
    report = judged("m.json", json.dumps(model))
    assert [d.code for d in report.diagnostics] == ["LS110"]
    assert report.case is not None
    assert [call.status for call in report.case.flow.calls] == ["ok", "blocked", "blocked"]


# -- damage at random ----------------------------------------------------------------------------

JUNK: list[Any] = [
    None, True, 0, -1, 10**30, 1.5, "", "x:0", "LSTM", "ops>Add", [], [1], [None], {}, ["x", 0, 0],
    {"class_name": "Foo", "config": {}}, {"class_name": "__tuple__", "items": [1]}, {"a": 1},
    [["x", 0, 0]], {"class_name": "Sequential", "config": []}, float("inf"),
]  # fmt: skip


def spots(data: Any) -> list[tuple[Any, Any]]:
    found, waiting = [], [data]
    while waiting:
        here = waiting.pop()
        pairs = here.items() if isinstance(here, dict) else enumerate(here)
        for key, value in pairs:
            found.append((here, key))
            if isinstance(value, (dict, list)):
                waiting.append(value)
    return found


@pytest.mark.parametrize("seed", range(4))
def test_damaged_models_are_never_a_crash(seed: int) -> None:
    rng = random.Random(seed)
    texts = [path.read_text() for path in sorted(FOLDER.glob("keras*.json"))]
    for text in rng.sample(texts, 20):
        data = json.loads(text)
        data = json.loads(data) if isinstance(data, str) else data
        for _ in range(rng.randint(1, 4)):
            container, key = rng.choice(spots(data))
            if rng.random() < 0.7:
                container[key] = rng.choice(JUNK)
            else:
                del container[key]
                if not data:
                    break
        judged("m.json", json.dumps(data))


@pytest.mark.parametrize("seed", range(4))
def test_damaged_bytes_are_never_a_crash(seed: int) -> None:
    rng = random.Random(seed)
    seeds = [path.read_bytes() for path in sorted(FOLDER.glob("keras[02]*"))] + [GOOD] * 10
    for data in rng.sample(seeds, 15):
        broken = bytearray(data)
        for _ in range(rng.choice((1, 3, 10))):
            at = rng.randrange(len(broken))
            broken[at : at + rng.choice((0, 1, 30))] = rng.choice((b"", b"{", b'"', b"\xff", b"*a"))
        judged("m", bytes(broken))


LITERALS = {
    "escapes without end": "'class_name" + "\\" * 9_000_000 + "'",
    "deep": "b'" + '[{"class_name":' * 600_000 + "'",
    "no end": "b'class_name" + "x" * 9_000_000,
}


@pytest.mark.parametrize("name", LITERALS)
def test_large_strings_of_python(name: str) -> None:
    assert len(judged("m.json", LITERALS[name]).diagnostics) == 1
