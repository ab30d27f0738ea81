"""Settings of a project: where they are found, what they may say, and what they lead to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lstmshape.case import NO_OPTIONS
from lstmshape.config import KEYS, Config, Configs, checked, common_folder
from lstmshape.errors import CannotRun
from lstmshape.frontends import read
from lstmshape.pipeline import check_document
from lstmshape.settings import (
    Request,
    check_config,
    check_request,
    options_of,
    policy_of,
    settings_of,
)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_the_nearest_one_upward_holds_and_nothing_is_merged(tmp_path: Path) -> None:
    write(tmp_path / "pyproject.toml", "[tool.lstmshape]\nstrict = true\nignore = ['LS6']\n")
    write(tmp_path / "a" / "lstmshape.toml", "format = 'concise'\n")
    write(tmp_path / "a" / "b" / "pyproject.toml", "[tool.other]\nx = 1\n")
    write(tmp_path / "a" / "c" / "pyproject.toml", "[tool]\nlstmshape = {jobs = 3}\n")
    write(tmp_path / "a" / "c" / "lstmshape.toml", "quiet = true\n")
    configs = Configs()
    assert configs.at(str(tmp_path)).values == {"strict": True, "ignore": ["LS6"]}
    assert configs.at(str(tmp_path / "a" / "b")).values == {"format": "concise"}
    assert configs.at(str(tmp_path / "a" / "b")).folder == str(tmp_path / "a")
    assert configs.at(str(tmp_path / "a" / "c")).values == {"quiet": True}
    (tmp_path / "a" / "c" / "lstmshape.toml").unlink()
    assert Configs().at(str(tmp_path / "a" / "c")).values == {"jobs": 3}
    assert configs.at(str(tmp_path / "a" / "b")) is configs.at(str(tmp_path / "a"))


@pytest.mark.parametrize(
    "text",
    [
        "[tool.lstmshape]\njobs = 3\n",
        "[ tool . lstmshape ]\njobs = 3\n",
        '[tool."lstmshape"]\njobs = 3\n',
        "[tool]\nlstmshape.jobs = 3\n",
        "[tool]\n  lstmshape = { jobs = 3 }\n",
        "tool.lstmshape.jobs = 3\n",
        "tool = { lstmshape = { jobs = 3 } }\n",
    ],
)
def test_every_way_to_write_the_table_is_seen(tmp_path: Path, text: str) -> None:
    write(tmp_path / "pyproject.toml", text)
    assert Configs().at(str(tmp_path)).values == {"jobs": 3}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("slect = ['LS3']", r"`slect` is no setting; near: `select`"),
        ("batch_size = 3", r"`batch_size` is no setting; near: `batch-size`"),
        ("zzzz = 3", r"`zzzz` is no setting; known: include, exclude, select,"),
        ("strict = 'yes'", r"`strict` should be true or false, not 'yes'"),
        ("select = 'LS3'", r"`select` should be a list of texts, not 'LS3'"),
        ("dims = {T = 'x'}", r"`dims` should be a table of names, each with a size"),
        ("dims = {T = -1}", r"`dims` should be a table"),
        ("severity = {LS301 = 'fatal'}", r"`severity` should be a table of codes"),
        ("format = 'xml'", r"`format` should be one of table, concise, json"),
        ("batch-size = 0", r"`batch-size` should be a positive integer, not 0"),
        ("jobs = true", r"`jobs` should be a positive integer, not true"),
        ("strict = true\nfail-level = 'note'", r"give one of the two"),
        ("select = [", r"cannot read .*lstmshape\.toml"),
    ],
)
def test_what_is_no_setting_is_an_error(tmp_path: Path, text: str, problem: str) -> None:
    write(tmp_path / "lstmshape.toml", text)
    with pytest.raises(CannotRun, match=problem):
        Configs().at(str(tmp_path))


def test_a_file_that_is_no_text_or_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "lstmshape.toml").write_bytes(b"select = ['\xff']")
    with pytest.raises(CannotRun, match="cannot read"):
        Configs().at(str(tmp_path))
    (tmp_path / "lstmshape.toml").unlink()
    (tmp_path / "lstmshape.toml").mkdir()
    with pytest.raises(CannotRun, match=r"cannot read .*: is a directory"):
        Configs().at(str(tmp_path))


def test_every_setting_has_a_value_that_it_takes() -> None:
    values: dict[str, Any] = {
        "include": ["a"], "exclude": [], "select": ["LS3"], "ignore": ["LS301"],
        "per-file-ignores": {"old/": ["LS301"]}, "severity": {"LS301": "note"},
        "dims": {"T": 480, "S": 0}, "batch-size": 1, "fail-level": "note", "strict": False,
        "format": "auto", "columns": True, "quiet": True, "verbose": True, "statistics": True,
        "exit-zero": True, "jobs": 2, "color": "never",
    }  # fmt: skip
    assert set(values) == set(KEYS)
    assert checked(values, "x") == values


def test_the_folder_that_holds_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "a" / "b" / "x.yaml", "")
    assert common_folder(["a/b/x.yaml"]) == str(tmp_path / "a" / "b")
    assert common_folder(["a/b", "a"]) == str(tmp_path / "a")
    assert common_folder(["a/b/x.yaml", "c.yaml"]) == str(tmp_path)
    assert common_folder([]) == str(tmp_path)


# -- what options and settings come to ----------------------------------------------------------


def config(tmp_path: Path, **values: Any) -> Config:
    return Config({key.replace("_", "-"): value for key, value in values.items()}, str(tmp_path))


def test_options_come_before_settings(tmp_path: Path) -> None:
    said = config(tmp_path, format="json", fail_level="note", jobs=2, columns=True, color="always")
    got = settings_of(Request(), said, {})
    assert (got.format, got.fail_level, got.jobs) == ("json", "note", 2)
    assert (got.look.columns, got.look.color, got.paths) == (True, True, (".",))
    request = Request(paths=["a"], format="concise", fail_level="error", jobs=1, color="never")
    got = settings_of(request, said, {})
    assert (got.format, got.fail_level, got.jobs, got.look.color) == ("concise", "error", 1, False)
    assert settings_of(Request(strict=True), config(tmp_path), {}).fail_level == "warning"
    assert settings_of(Request(), config(tmp_path, strict=True), {}).fail_level == "warning"
    assert settings_of(
        Request(fail_level="error"), config(tmp_path, strict=True), {}
    ).fail_level == ("error")
    with pytest.raises(CannotRun, match="give one of the two"):
        settings_of(Request(strict=True, fail_level="note"), config(tmp_path), {})


@pytest.mark.parametrize(
    ("request_", "fix", "unsafe", "diff"),
    [
        (Request(), False, False, False),
        (Request(fix=True), True, False, False),
        (Request(unsafe_fixes=True), True, True, False),
        (Request(diff=True), True, False, True),
        (Request(diff=True, unsafe_fixes=True), True, True, True),
    ],
)
def test_what_is_fixed(request_: Request, fix: bool, unsafe: bool, diff: bool) -> None:
    got = settings_of(request_, Config({}, "."), {})
    assert (got.fix, got.unsafe, got.diff) == (fix, unsafe, diff)


@pytest.mark.parametrize(
    ("environment", "color", "width", "wrap"),
    [
        ({}, False, 80, None),
        ({"FORCE_COLOR": "1"}, True, 80, None),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, 80, None),
        ({"FORCE_COLOR": "0"}, False, 80, None),
        ({"FORCE_COLOR": ""}, False, 80, None),
        ({"COLUMNS": "40"}, False, 40, 40),
        ({"COLUMNS": "3"}, False, 20, 20),
        ({"COLUMNS": "x"}, False, 80, None),
        ({"COLUMNS": "99999999"}, False, 1000, 1000),
    ],
)
def test_looks(environment: dict[str, str], color: bool, width: int, wrap: int | None) -> None:
    look = settings_of(Request(output_file="x"), Config({}, "."), environment).look
    assert (look.color, look.width, look.wrap) == (color, width, wrap)


def test_auto_is_github_in_its_actions_only() -> None:
    request = Request(format="auto")
    assert settings_of(request, Config({}, "."), {"GITHUB_ACTIONS": "true"}).format == "github"
    assert settings_of(request, Config({}, "."), {"CI": "true"}).format == "table"


def test_policies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = config(
        tmp_path, select=["LS3"], ignore=["LS6"], severity={"LS301": "note"},
        per_file_ignores={"old/": ["LS301"], "*.yml": ["LS2"]},
    )  # fmt: skip
    policy = policy_of(Request(), said, "a.yaml")
    assert (policy.select, policy.ignore) == (("LS3",), ("LS6",))
    assert policy.severities == {"LS301": "note"}
    assert policy_of(Request(), said, "old/deep/a.yml").ignore == ("LS6", "LS301", "LS2")
    given = Request(select=["LS1,LS2", "LS4"], ignore=["LS5"])
    policy = policy_of(given, said, "old/a.yaml")
    assert (policy.select, policy.ignore) == (("LS1", "LS2", "LS4"), ("LS5", "LS301"))


@pytest.mark.parametrize(
    ("request_", "values", "problem"),
    [
        (Request(select=["LS999"]), {}, "`LS999` is no code"),
        (Request(ignore=["colapsed-sequence"]), {}, "near: `collapsed-sequence`"),
        (Request(), {"severity": {"LS888": "note"}}, "`LS888` is no code"),
        (Request(), {"per-file-ignores": {"x": ["nope"]}}, "`nope` is no code"),
        (Request(select=["LS3", "ls301,collapsed-sequence"]), {"ignore": ["LS6"]}, None),
    ],
)
def test_codes_that_are_none(
    request_: Request, values: dict[str, Any], problem: str | None
) -> None:
    def check() -> None:
        check_request(request_)
        check_config(Config(values, "."))

    if problem is None:
        check()
        return
    with pytest.raises(CannotRun, match=problem):
        check()


@pytest.mark.parametrize(
    ("x", "means"),
    [
        (["1000,30,16"], [1000, 30, 16]),
        (["[1000, 30, 16]"], [1000, 30, 16]),
        (["(1000,)"], [1000]),
        (["1000"], [1000]),
        (["null,?,None,T"], [None, None, None, "T"]),
        (["32x10x3"], [32, 10, 3]),
        (["a=3,4", "b=5"], {"a": [3, 4], "b": [5]}),
        (["3,4", "5"], [[3, 4], [5]]),
        (["[]"], []),
    ],
)
def test_shapes_on_the_command_line(x: list[str], means: Any) -> None:
    assert options_of(Request(x=x), Config({}, ".")).x == means


def test_files_and_sizes_on_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "y.npy").write_bytes(b"")
    said = Config({"dims": {"T": 1, "S": 2}, "batch-size": 8}, ".")
    options = options_of(Request(dim=["T=480"], y=["out=y.npy"]), said)
    assert options.dims == {"T": 480, "S": 2}
    assert (options.batch_size, options.y) == (8, {"out": str(tmp_path / "y.npy")})
    assert options_of(Request(), Config({}, ".")) is NO_OPTIONS


@pytest.mark.parametrize(
    ("request_", "problem"),
    [
        (Request(dim=["T"]), "--dim wants a name and a size such as T=480, not `T`"),
        (Request(dim=["T=-1"]), "--dim wants"),
        (Request(dim=["3=4"]), "--dim wants"),
        (Request(x=["nowhere.npy"]), "--x: there is no file `nowhere.npy`"),
        (Request(y=["1,,2"]), "--y wants a shape"),
        (Request(y=[""]), "--y wants a shape"),
        (Request(x=["a=3", "4"]), "--x: name all of the arrays or none"),
    ],
)
def test_options_that_mean_nothing(request_: Request, problem: str) -> None:
    with pytest.raises(CannotRun, match=problem):
        options_of(request_, Config({}, "."))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ["LS001 error"]),
        ('ignore = ["LS001"]', []),
        ('[per-file-ignores]\n"bad.*" = ["syntax"]', []),
        ('[severity]\nLS001 = "note"', ["LS001 note"]),
        # looking for other codes only, nobody would see that the file was not read
        ('select = ["LS6"]', ["LS001 error"]),
    ],
)
def test_a_file_that_cannot_be_read_is_ignored_by_the_configuration_alone(
    tmp_path: Path, text: str, found: list[str]
) -> None:
    (tmp_path / "lstmshape.toml").write_text(text)
    said = Configs(check_config).at(str(tmp_path))
    path = str(tmp_path / "bad.yaml")
    done = check_document(read(path, b"layers: [\n"), policy=policy_of(Request(), said, path))
    assert [f"{d.code} {d.severity}" for d in done.diagnostics] == found


def test_a_code_that_is_none_is_told_with_the_file_that_says_it(tmp_path: Path) -> None:
    (tmp_path / "lstmshape.toml").write_text('ignore = ["LS999"]')
    with pytest.raises(CannotRun, match=r"lstmshape\.toml`: `LS999` is no code"):
        Configs(check_config).at(str(tmp_path))
