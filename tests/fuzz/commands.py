"""Random command lines: mostly `check` with a few options, now and then words of any kind."""

from __future__ import annotations

import random
from collections.abc import Sequence

from lstmshape.formats import FORMATS

#: options of `check` that mean something
OPTIONS = [
    ["--fix"], ["--fix", "--unsafe-fixes"], ["--diff"], ["--columns"], ["--strict"], ["-v"],
    ["--statistics"], ["--quiet"], ["--dim", "T=480"], ["--dim", "T"], ["--dim", "=3"],
    ["--batch-size", "4"], ["--x", "[100, 7]"], ["--y", "a=[3]"], ["--x", "nothing.npy"],
    ["--select", "LS3"], ["--ignore", "LS"], ["--select", "?"], ["--exit-zero"],
    ["--color", "always"], ["--add-ignores"], ["--fail-level", "note"], ["--nonsense"],
    ["--output-file", "report.out"], ["--add-ignores", "--diff"], ["--specs-only"],
]  # fmt: skip

#: any words at all
WORDS = [
    "check", "export", "diff", "explain", "schema", "--help", "--version", "-", "--", ".", "..",
    "a.yaml", "missing.yaml", "--fix", "--diff", "--format", "json", "table", "auto", "--to",
    "dot", "keras-json", "--jobs", "0", "-1", "1", "99999999999999999999", "--dim", "T=1",
    "T=-1", "T=" + "9" * 40, "--x", "--y", "(3,", "[[]]", "a=b=c", "x.npz", "--batch-size",
    "--select", "--ignore", ",", "LS301,LS", "--changed", "HEAD", "--changed=", "--changed=-x",
    "--output-file", "/nowhere/at/all", "--output-file=.", "--stdin-filename", "--layer", "lstm",
    "--return-sequences", "--units", "3", "--timesteps", "--batch", "-o", "-q", "-v", "-vq",
    "--color=never", "--fail-level", "--strict", "--exit-zero=1", "\x1b[31mx", "\u202ey", "",
    "a\nb", "::error::x", "\udcff", "LS301", "LS999", "LSTM", "Dense", "--add-ignores", "é",
    "--specs-only", "--columns", "--statistics", "--unsafe-fixes", "--nonsense=%0A",
]  # fmt: skip


def command(rng: random.Random, files: Sequence[str]) -> list[str]:
    """Words for a folder with these files: one of them, or all, in some format."""
    name = rng.choice(files)
    kind = rng.random()
    if kind < 0.08:
        target = rng.choice(("keras-python", "keras-json", "yaml", "mermaid", "dot"))
        return ["export", name, "--to", target]
    if kind < 0.12:
        return ["diff", name, rng.choice((name, "missing.yaml", "."))]
    if kind < 0.14:
        return ["explain", rng.choice(("LS301", "LS", "lstm", name)), name]
    named = [name] if len(files) == 1 or rng.random() < 0.3 else ["."]
    words = ["check", *(named if rng.random() < 0.9 else ["."])]
    words += ["--format", rng.choice((*FORMATS, *FORMATS, "nonsense"))]
    for option in rng.sample(OPTIONS, rng.choice((0, 0, 1, 1, 2))):
        words += option
    return words


def any_words(rng: random.Random) -> list[str]:
    """A command line that nobody would write; `--jobs` stays small, since it is obeyed."""
    words = rng.choices(WORDS, k=rng.randrange(8))
    return [rng.choice(("check", "check", "explain", "export", "diff")), *words]
