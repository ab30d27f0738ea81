"""Questions in a sentence: the words that say something, and the topics that speak of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from math import log

from lstmshape.explain.topics import Topic, topics

_SILENT = """
a about after all an and any are as at be been before but by can cannot cant could did do does
doesnt don dont each explain for from get getting gives give given go goes got had has have how
i if in into is isnt it its just keep keras layer layers like make makes many mean means model
models much must my need needs no not of on one or our please s same set should so t than that
the their them then there these they this to too up use used uses using want wants was way we
were what whats when where which while who why will with without work works would wrong you your
"""
#: words that say nothing of what a question is about
SILENT = frozenset(_SILENT.split())
#: what a word is worth in a topic's name or aliases, in its title, and how often counts in its text
NAMED, TITLED, OFTEN = 3.0, 1.5, 4
#: topics that are worth less than the best by this are not shown
FALL = 0.5
#: a question of which no topic is worth more has no answer
LEAST = 1.5
MOST_TOPICS = 4


def telling(text: str) -> list[str]:
    """The words of a question that say something, as they are written."""
    words = re.findall(r"[\w-]+", text.replace("'", ""))
    return [word for word in words if word.lower() not in SILENT]


def speaking_of(text: str) -> tuple[Topic, ...]:
    """At most four topics that speak of a question's words, the best first."""
    asked = list(dict.fromkeys(token for word in telling(text) for token in _tokens(word)))
    worth = {name: _worth(asked, name) for name in topics()}
    best = max(worth.values())
    if best < LEAST:
        return ()
    found = sorted((name for name in worth if worth[name] >= FALL * best), key=lambda n: -worth[n])
    return tuple(topics()[name] for name in found[:MOST_TOPICS])


def _worth(asked: list[str], name: str) -> float:
    return sum(_values()[name].get(token, 0.0) for token in asked)


@cache
def _values() -> dict[str, dict[str, float]]:
    """What each word is worth in each topic: more where it is rare among them."""
    counts = {name: list(_tokens(topic.text)) for name, topic in topics().items()}
    spread: dict[str, int] = {}
    for tokens in counts.values():
        for token in set(tokens):
            spread[token] = spread.get(token, 0) + 1
    values = {}
    for name, topic in topics().items():
        tokens = counts[name]
        row = {t: min(tokens.count(t), OFTEN) / OFTEN for t in set(tokens)}
        for token in _tokens(topic.title):
            row[token] = row.get(token, 0.0) + TITLED
        for word in (name, *topic.aliases):
            parts = list(_tokens(word))
            for token in parts:
                row[token] = max(row.get(token, 0.0), NAMED / len(parts) ** 0.5)
        rare = {t: log(1 + len(counts) / spread.get(t, 1)) for t in row}
        values[name] = {t: value * rare[t] for t, value in row.items()}
    return values


def _tokens(text: str) -> Iterator[str]:
    """Words as they are compared: small letters, the parts of `return_sequences`, no plural."""
    for token in re.findall(r"[a-z0-9]+", text.lower()):
        if token not in SILENT:
            plural = len(token) > 3 and token.endswith("s") and not token.endswith("ss")
            yield token[:-1] if plural else token
