"""Files that are small beside the work that they could make: found by `python -m fuzz`."""

from __future__ import annotations

import time

import pytest

from lstmshape.case import NO_OPTIONS
from lstmshape.export import export
from lstmshape.fixing import fix_document
from lstmshape.frontends import read
from lstmshape.frontends.yaml_text import flow
from lstmshape.pipeline import EVERYTHING, FileReport, check_document

#: of the processor; each took many times that, and takes a tenth of it now
SECONDS = 5.0


def report(text: str) -> FileReport:
    start = time.process_time()
    done = check_document(read("a.yaml", text.encode()))
    for diagnostic in done.diagnostics:
        diagnostic.locate(done.document)
    assert time.process_time() - start < SECONDS
    return done


@pytest.mark.parametrize("depth", [20, 50, 95])
def test_keys_in_keys(depth: int) -> None:
    """Each asked twice where the one within it ends."""
    text = f"input: [3, 4]\nlayers:\n  - {'? ' * depth}Dense\n"
    assert [d.code for d in report(text).diagnostics] == ["LS007", "LS007"]


def test_one_fix_of_hundreds_of_layers() -> None:
    """The text was read again after each of its changes."""
    count = 400
    text = "input: [T, 6]\nlayers:\n" + "  - LSTM: {units: 4}\n" * count
    (found,) = report(text).diagnostics
    (fix,) = found.fixes[:1]
    assert len(fix.changes) == count - 1
    assert [edit.span.start.line for edit in fix.edits] == list(range(3, count + 2))


@pytest.mark.parametrize(
    ("entry", "count", "code"),
    [("Embedding: {}", 600, "LS103"), ("Nope: {}", 600, "LS101")],
)
def test_hundreds_of_findings(entry: str, count: int, code: str) -> None:
    """Every layer was looked through for each of them, whenever a change was tried."""
    found = report("input: [T, 6]\nlayers:\n" + f"  - {entry}\n" * count).diagnostics
    assert len(found) >= count
    assert {d.code for d in found} == {code}


def test_hundreds_of_unknown_arguments() -> None:
    """Near names of each were looked for anew, whenever a change was tried."""
    keys = ", ".join(f"k{n}: 1" for n in range(600))
    found = report(f"input: [T, 6]\nlayers:\n  - Dense: {{{keys}}}\n").diagnostics
    assert {d.code for d in found} == {"LS102", "LS103"}


CIRCLES = [
    """inputs: {left: [20, 8], right: [20, 8]}
layers:
  - LSTM: {units: 32}
    inputs: left
  - LSTM: {units: 16, name: a}
  - Conv1D: {filters: 8, kernel_size: 30}
    inputs: right
  - LSTM: {units: 16, name: b, dropuot: 0.1}
    inputs: [a, b]
""",
    """input: [4, 8]
layers:
  - LSTM: {units: 3}
  - LSTM: {units: 3, name: a}
  - Dropout: {rate: 0.5, name: b}
    inputs: c
  - Dropout: {rate: 0.5, name: c}
    inputs: b
outputs: c
compile: {loss: mse}
data: {x: [10, 4, 8], y: [10, 7]}
""",
    """input: [4, 8]
layers:
  - Conv2D: {filters: 3, kernel_size: 2}
  - Conv2D: {filters: 3, kernel_size: 2, name: a}
    inputs: [conv2d, b]
  - Conv2D: {filters: 3, kernel_size: 2, name: b}
    inputs: a
""",
]


@pytest.mark.parametrize("text", CIRCLES)
def test_layers_in_a_circle(text: str) -> None:
    """A search for fixes went round in it for ever."""
    assert "LS109" in {diagnostic.code for diagnostic in report(text).diagnostics}


MISTAKES = ["output_dim: 8", "unit: 8", "output_dim: 3, init: glorot_uniform", "units: 3, k: 1"]


def fixed(count: int, seconds: float = SECONDS) -> tuple[str, int]:
    """A model of many layers with mistakes of their own, after all of its fixes."""
    entries = [f"  - Dense: {{{MISTAKES[n % len(MISTAKES)]}}}\n" for n in range(count)]
    text = "input: [T, 6]\nlayers:\n" + "".join(entries)
    start = time.process_time()
    done = fix_document(read("a.yaml", text.encode()), NO_OPTIONS, EVERYTHING, None, unsafe=True)
    assert time.process_time() - start < seconds
    assert not done.report.diagnostics
    return done.text, done.applied


def test_many_fixes_are_made_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model was judged anew, and all fixes looked for, after each of them."""
    at_once = fixed(8)
    fixed(60)
    monkeypatch.setattr("lstmshape.fixing.FEW", 1000)
    assert fixed(8, seconds=60) == at_once


def test_one_fix_of_hundreds_of_layers_and_of_data() -> None:
    """As above, where a change of another kind stands among those of arguments."""
    layers = "  - Conv1D: {filters: 3, kernel_size: 2}\n" * 300
    text = f"input: [T, 6]\nlayers:\n{layers}data: {{x: [100, 7]}}\n"
    (found,) = report(text).diagnostics
    assert found.code == "LS401"
    assert any(len(fix.changes) > 100 for fix in found.fixes)


def test_values_of_values_are_not_written_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Aliases stand for 8,192 values; each list was written for every list around it."""
    lines = ["l0: &l0 [x, x]", *(f"l{n}: &l{n} [*l{n - 1}, *l{n - 1}]" for n in range(1, 13))]
    done = report("\n".join([*lines, "input: [3]", "layers: *l12", ""]))
    written = 0

    def counted(value: object) -> str:
        nonlocal written
        text = flow(value)
        written += len(text)
        return text

    monkeypatch.setattr("lstmshape.export.yaml_spec.flow", counted)
    text = export(done, "yaml")
    assert written < 3 * len(text.replace(" ", ""))
    assert read("b.yaml", text.encode()).tree["layers"] == done.document.tree["layers"]


def test_fixes_that_lead_to_further_mistakes_come_to_an_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each of hundreds of layers was mended in a round of its own, with the whole model judged."""
    pair = "  - Reshape: {target_shape: [-1, 2]}\n  - MaxPooling1D: {}\n"
    document = read("a.yaml", f"input: [480, 6]\nlayers:\n{pair * 25}".encode())
    monkeypatch.setattr("lstmshape.fixing.MOST_CALLS", 250)
    monkeypatch.setattr("lstmshape.fixing.LEAST", 2)
    done = fix_document(document, NO_OPTIONS, EVERYTHING, None, unsafe=True)
    assert done.applied == 250 // 51
    assert done.report.diagnostics


def test_a_model_inside_whose_first_layer_says_not_what_it_reads() -> None:
    """The model outside took it for one that gives nothing."""
    text = """\
inputs: {a: [null, 4], b: [null, 4]}
layers:
  - Model:
      inputs: {p: [null, 4], q: [null, 4]}
      layers: [Concatenate]
      outputs: [concatenate, concatenate]
    inputs: [a, b]
  - Dense: {units: 1}
"""
    done = report(text)
    assert [d.code for d in done.diagnostics] == ["LS112"]
    assert done.case is not None
    assert [call.status for call in done.case.flow.calls][2:] == ["refused", "blocked"]
