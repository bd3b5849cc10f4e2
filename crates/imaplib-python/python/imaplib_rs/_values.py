"""What both forms of the modern API take and return."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, FrozenSet, Union

from ._native import Search, UidSet

#: What names messages: a UID, UIDs, a text such as ``1:5,9``, or a set.
Uids = Union[int, str, Iterable[int], UidSet]

#: The flags of a message, such as ``\\Seen``.
Flags = FrozenSet[str]

#: What STATUS asks for, unless the caller says otherwise.
FIGURES = ("MESSAGES", "UIDNEXT", "UIDVALIDITY", "UNSEEN")


def conditions(search: Search | str | None, keywords: Mapping[str, Any]) -> Search:
    """The conditions of a search from those that stand by themselves, and those that have names."""
    if isinstance(search, Search):
        return search & Search(**keywords) if keywords else search
    return Search(search, **keywords)


def is_whole(name: str, origin: int | None, section: str) -> bool:
    """Whether this text is the one that was asked for, and all of it: servers may send others."""
    return origin is None and name == section.replace(".PEEK", "")
