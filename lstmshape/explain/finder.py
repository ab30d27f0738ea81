"""What comes after `explain`: a topic, a class, a code or a question; and names that are near."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from lstmshape.explain.topics import Topic, topics
from lstmshape.near import near_names

if TYPE_CHECKING:
    from lstmshape.layers.base import Layer
    from lstmshape.rules.base import Rule

#: classes that are no layers of their own in a spec
HIDDEN_CLASSES = ("CustomLayer", "Functional")
#: names that are shown where nothing is found
MOST_NEAR = 4
_CODE = re.compile(r"ls[\do]{1,4}")


class Found(NamedTuple):
    """One of the three, or none: then `near` are names that were probably meant.

    `topics` has several where a text of Keras's is explained on several pages; `about` where
    several speak of what is asked.
    """

    topic: Topic | None = None
    layer: type[Layer] | None = None
    rule: Rule | None = None
    near: tuple[str, ...] = ()
    topics: tuple[Topic, ...] = ()
    about: tuple[Topic, ...] = ()


def find(word: str) -> Found:
    """What a word means, however it is written: `--return_sequences`, `LSTM`, `ls301`.

    A class as Keras writes it is the class; `embedding` in small letters is the topic. A text of
    Keras's finds the pages that quote it, and another sentence those that speak of it.
    """
    found = _named(word)
    if found is not None:
        return found
    said = tuple(_said_in(word))
    if said:
        return Found(topics=said)
    return _asked(word) or Found(near=near(word.lstrip("-")))


def _named(word: str) -> Found | None:
    bare = word.lstrip("-")
    layer = _layer(bare) if bare == word else None
    if layer is not None and bare in (layer.__name__, *layer.aliases):
        return Found(layer=layer)
    topic = find_topic(bare)
    if topic is not None:
        return Found(topic=topic)
    rule = _rule(bare)
    if rule is not None:
        return Found(rule=rule)
    layer = layer or _layer(bare)
    return Found(layer=layer) if layer is not None else None


def _asked(text: str) -> Found | None:
    """What a sentence asks of: what is named in it alone, else the topics that speak of it."""
    if " " not in text:
        return None
    # reading every topic takes longer than finding one
    from lstmshape.explain.asking import speaking_of, telling

    words = telling(text)
    named = _named(" ".join(words)) if words else None
    if named is not None:
        return named
    each = [_named(word) for word in words]
    if all(found is not None and found.topic is None for found in each):
        return None  # of two classes neither is a page on both
    about = speaking_of(text)
    if len(about) == 1:
        return Found(topic=about[0])
    return Found(about=about) if about else None


def folded(word: str) -> str:
    """How topics are compared: `Return_Sequences` is `return-sequences`."""
    return re.sub(r"[\s_]+", "-", word.strip().lower())


def find_topic(word: str) -> Topic | None:
    """The topic of that name, or of an alias."""
    wanted = folded(word)
    known = topics()
    if wanted in known:
        return known[wanted]
    return next((t for t in known.values() if wanted in map(folded, t.aliases)), None)


def _rule(word: str) -> Rule | None:
    from lstmshape.rules import find as find_rule

    return find_rule(folded(word))


def _layer(word: str) -> type[Layer] | None:
    from lstmshape.layers import all_layers
    from lstmshape.layers import find as find_layer

    if word[:1].isupper():
        found = find_layer(word)
        if found is not None:
            return None if found.__name__ in HIDDEN_CLASSES and word not in found.aliases else found
    plain = word.replace("-", "").replace("_", "").lower()
    known = {name.lower(): cls for name, cls in all_layers().items() if name not in HIDDEN_CLASSES}
    return known.get(plain)


def near(word: str) -> tuple[str, ...]:
    """At most four names that are near: of topics and their aliases, of classes, of codes."""
    from lstmshape.layers import all_layers
    from lstmshape.rules import all_rules

    aliases = {folded(alias): t.name for t in topics().values() for alias in t.aliases}
    rules = {rule.name: rule.code for rule in all_rules()}
    codes = list(rules.values())
    classes = [name for name in all_layers() if name not in HIDDEN_CLASSES]
    if _CODE.fullmatch(word.lower()):
        begun = tuple(code for code in codes if code.startswith(word.upper()))
        return begun[:MOST_NEAR] or near_names(word.upper(), codes, MOST_NEAR)
    found = near_names(folded(word), [*topics(), *aliases, *rules], MOST_NEAR)
    # a topic comes before a rule of its name
    named = [
        name if name in topics() else aliases.get(name, rules.get(name, name)) for name in found
    ]
    named += near_names(word, classes, MOST_NEAR)
    named += [name for name in topics() if len(word) > 2 and folded(word) in name]
    return tuple(dict.fromkeys(named))[:MOST_NEAR]


def _said_in(text: str) -> Iterator[Topic]:
    """The topics that quote what Keras says, for an error that was pasted."""
    words = _words(text)
    if len(text.split()) < 3:
        return
    shares = {}
    for topic in topics().values():
        quotes = re.findall(r"```keras[^\n]*\n(.*?)```", topic.text, re.DOTALL)
        shares[topic.name] = max((_share(words, _words(quote)) for quote in quotes), default=0.0)
    best = max(shares.values())
    if best >= 0.75:
        yield from (topics()[name] for name, share in shares.items() if share == best)


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z_]{3,}(?:=\d)?", text.lower()))


def _share(words: set[str], quoted: set[str]) -> float:
    return len(words & quoted) / len(words) if words else 0.0
