"""The table: golden pictures, and what holds of every picture."""

from __future__ import annotations

import re

import pytest
from expectations import GOOD
from reports import GRAPH, NESTED, SHARED, STACKED, report

from lstmshape.dims import evaluate, names
from lstmshape.frontends import read
from lstmshape.pipeline import Policy, check_document
from lstmshape.render import table
from lstmshape.render.base import Look, Summary, Tally
from lstmshape.render.rows import rows_of, totals_of

ANSI = re.compile(r"\x1b\[[0-9;]*m")


def shown(text: str, **look: object) -> str:
    return table.part(report(text), Look(**look))  # type: ignore[arg-type]  # fields of Look


def test_golden_table() -> None:
    assert (
        shown(GRAPH, wrap=80)
        == """\
model.yaml  translator
layer           reads           input            output               params
────────────────────────────────────────────────────────────────────────────────
source_vectors  source          (batch, S)       (batch, S, 128)     102,400  ok
(Embedding)
encoder (LSTM)  source_vectors  (batch, S, 128)  output              394,240  ok
                                                 (batch, 256)
                                                 h (batch, 256)
                                                 c (batch, 256)
target_vectors  target          (batch, T)       (batch, T, 128)     102,400  ok
(Embedding)
decoder (LSTM)  target_vectors  (batch, T, 128)  output              394,240  ok
                initial_state:                   (batch, T, 256)
                encoder:1                        h (batch, 256)
                encoder:2                        c (batch, 256)
probabilities   decoder:0       (batch, T, 256)  (batch, T, 800)     205,600  ok
(Dense)
1,198,880 params (4.57 MB): 1,198,880 trainable, 0 non-trainable
needs S >= 1, T >= 1
"""
    )


def test_golden_broken() -> None:
    assert (
        shown(STACKED)
        == """\
model.yaml
layer          reads   input           output        params
────────────────────────────────────────────────────────────────────
lstm (LSTM)    input   (batch, T, 16)  (batch, 128)  74,240  ok
lstm_1 (LSTM)  lstm    (batch, 128)    -                  -  LS301
dense (Dense)  lstm_1                  -                  -  blocked
74,240 params so far (290.00 KB): 74,240 trainable, 0 non-trainable
needs T >= 1

error[LS301]: `lstm_1` needs a sequence, but `lstm` passes on only its last step
  --> model.yaml:7:5
   |
 4 |   - LSTM: {units: 128}
   |     ---- drops the timesteps axis: `return_sequences` is false
 ...
 7 |   - LSTM: {units: 64}
   |     ^^^^ wants (batch, timesteps, features), gets (batch, 128)
   |
help: keep every step of `lstm`: set `return_sequences: true`\
        verified: output becomes (batch, 10), 124,298 params
more: lstmshape explain --return-sequences
"""
    )


def test_golden_narrow() -> None:
    assert (
        shown(STACKED, width=40, wrap=40)
        == """\
model.yaml
lstm (LSTM)                           ok
  reads input (batch, T, 16)
  gives (batch, 128)
  74,240 params
lstm_1 (LSTM)                      LS301
  reads lstm (batch, 128)
dense (Dense)                    blocked
  reads lstm_1
74,240 params so far (290.00 KB): 74,240
  trainable, 0 non-trainable
needs T >= 1

error[LS301]: `lstm_1` needs a sequence,
  but `lstm` passes on only its last
  step
  --> model.yaml:7:5
   |
 4 |   - LSTM: {units: 128}
   |     ---- drops the timesteps axis:
   |          `return_sequences` is
   |          false
 ...
 7 |   - LSTM: {units: 64}
   |     ^^^^ wants (batch, timesteps,
   |          features), gets (batch,
   |          128)
   |
help: keep every step of `lstm`: set
      `return_sequences: true`
      verified: output becomes (batch,
        10), 124,298 params
more: lstmshape explain
  --return-sequences
"""
    )


def test_golden_columns_of_a_model_in_a_model() -> None:
    assert (
        shown(NESTED, width=60, wrap=60, columns=True, verbose=True)
        == """\
model.yaml
time_distributed (TimeDistributed)                        ok
  reads input (batch, 20, 16, 16, 3)
  gives (batch, 20, 784) float32
  112 params, 423,360 MACs, 62,720 bytes of activations
  weight sequential/conv2d/kernel (3, 3, 3, 4)
  weight sequential/conv2d/bias (4,)
  conv2d (Conv2D)                                         ok
    reads (input) (batch, 16, 16, 3)
    gives (batch, 14, 14, 4) float32
    112 params, 21,168 MACs, 3,136 bytes of activations
    weight kernel (3, 3, 3, 4)
    weight bias (4,)
  flatten (Flatten)                                       ok
    reads conv2d (batch, 14, 14, 4)
    gives (batch, 784) float32
    0 params, 0 MACs, 3,136 bytes of activations
lstm (LSTM)                                               ok
  reads time_distributed (batch, 20, 784)
  gives (batch, 5) float32
  15,800 params, 315,600 MACs, 20 bytes of activations
  weight lstm_cell/kernel (784, 20)
  weight lstm_cell/recurrent_kernel (5, 20)
  weight lstm_cell/bias (20,)
15,912 params (62.16 KB): 15,912 trainable, 0 non-trainable
738,960 MACs a sample; activations 61.27 KB at batch size 1
"""
    )


def test_a_shared_layer_counts_once_and_costs_twice() -> None:
    rows = rows_of(report(SHARED).case, 1)  # type: ignore[arg-type]  # it was read
    assert [row.params for row in rows] == [416, 0, 0, 64, 51]
    assert [row.macs for row in rows] == [3456, 3456, 0, 0, 48]
    totals = totals_of(rows)
    assert (totals.params, totals.trainable, totals.non_trainable) == (531, 448, 83)


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
class TestEveryGoodSpec:
    """What holds of the picture of any model."""

    def rendered(self, path: object, **look: object) -> str:
        document = read("model.yaml", path.read_bytes())  # type: ignore[attr-defined]  # a Path
        done = check_document(document, policy=Policy(fixes=False), where=str(path.parent))  # type: ignore[attr-defined]
        self.rows = rows_of(done.case, 1)  # type: ignore[arg-type]  # it was read
        return table.part(done, Look(**look))  # type: ignore[arg-type]  # fields of Look

    def test_no_line_is_wider_than_the_terminal(self, path: object) -> None:
        for width in (40, 80, 120):
            for columns in (False, True):
                text = self.rendered(path, width=width, wrap=width, columns=columns, verbose=True)
                too_wide = [line for line in text.splitlines() if len(line) > width]
                assert all(len(line.split()) == 1 for line in too_wide), (width, too_wide)
                assert not re.search(r" $", text, re.M)

    def test_no_number_is_lost(self, path: object) -> None:
        for width in (30, 80, 160):
            text = self.rendered(path, width=width, wrap=width)
            for row in self.rows:
                assert re.search(rf"(?<![\d,]){row.params:,}(?![\d,])", text)
            squeezed = re.sub(r"\s+", "", text)
            for row in self.rows if width < 60 else ():
                assert row.node.name in squeezed

    def test_the_column_of_params_adds_up(self, path: object) -> None:
        text = self.rendered(path, width=1000)
        found = [line.split() for line in text.splitlines() if line.endswith("  ok")]
        total = int(re.search(r"^([\d,]+) params", text, re.M)[1].replace(",", ""))  # type: ignore[index]
        assert sum(int(words[-2].replace(",", "")) for words in found) == total

    def test_costs_add_up_for_any_sizes(self, path: object) -> None:
        self.rendered(path)
        totals = totals_of(self.rows)
        sizes = {
            name: 20 + n
            for n, name in enumerate(sorted(names(totals.macs) | names(totals.activation_bytes)))
        }
        assert evaluate(totals.macs, sizes) == sum(
            evaluate(row.macs or 0, sizes) for row in self.rows
        )
        assert totals.params == totals.trainable + totals.non_trainable
        assert totals.complete

    def test_colours_change_no_letter(self, path: object) -> None:
        plain = self.rendered(path, color=False)
        colored = self.rendered(path, color=True)
        assert "\x1b" not in plain
        assert "\x1b[" in colored
        assert _uncolored(colored) == plain


@pytest.mark.parametrize("color", [False, True])
def test_a_long_table_looks_like_one_that_rich_draws(
    color: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in GOOD:
        done = check_document(read("m.yaml", path.read_bytes()), policy=Policy(fixes=False))
        for width in (80, 200):
            look = Look(width=width, color=color, columns=True)
            by_rich = table.part(done, look)
            monkeypatch.setattr(table, "LONG", 0)
            drawn = table.part(done, look)
            monkeypatch.undo()
            assert _uncolored(drawn) == _uncolored(by_rich)
            assert ("\x1b[" in drawn) == color


def _uncolored(text: str) -> str:
    return re.sub(r" +$", "", ANSI.sub("", text), flags=re.M)


def test_hostile_names_are_shown_and_not_obeyed() -> None:
    text = (
        'input: [4, 2]\nlayers:\n  - LSTM: {units: 3, name: "[red]a\\e[31m\\u202eb[/red]"}\n'
        '  - LSTM: {units: "x\\e]0;title\\a"}\n'
    )
    done = report(text, path="evil\x1b[2J\udc80.yaml")
    out = table.part(done, Look())
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert "[red]a\\x1b[31m\\u202eb[/red]" in out
    assert "evil\\x1b[2J\\x80.yaml" in out


def test_the_whole_has_gaps_between_files_and_counts_at_the_end() -> None:
    summary = Summary()
    done = report(STACKED)
    tally = Tally()
    tally.count(done)
    summary.tally.add(tally)
    summary.tally.add(tally)
    look = Look(statistics=True)
    text = "".join(table.whole(["one\n", "", "two\n"], summary, look))
    assert text == (
        "one\n\ntwo\n\n2  LS301 collapsed-sequence  2 fixable\n\n"
        "checked 2 files: 2 errors; 2 fixable with --fix\n"
    )


def test_quiet_shows_findings_only() -> None:
    assert shown(GRAPH, quiet=True) == ""
    assert shown(STACKED, quiet=True).startswith("error[LS301]")
    assert "".join(table.whole(["x\n"], Summary(), Look(quiet=True))) == "x\n"


def test_the_counts_are_wrapped_too() -> None:
    summary = Summary()
    summary.tally.files, summary.tally.errors, summary.tally.fixable = 1, 1, 1
    text = "".join(table.whole([], summary, Look(width=40, wrap=40)))
    assert text == "checked 1 file: 1 error; 1 fixable with\n  --fix\n"
