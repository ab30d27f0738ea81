"""The output formats by name, without importing any of them."""

from __future__ import annotations

#: A format is a module in `render` with the functions of `base.Format`; a new one is an entry.
FORMATS = {
    "table": "table",
    "concise": "concise",
    "json": "json_report",
    "github": "github",
    "gitlab": "gitlab",
    "sarif": "sarif",
    "junit": "junit",
}
#: those that other programs read
MACHINE_FORMATS = frozenset({"json", "github", "gitlab", "sarif", "junit"})
