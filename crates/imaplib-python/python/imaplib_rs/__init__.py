"""IMAP for Python on a core in Rust.

:func:`connect` opens a session; :mod:`imaplib_rs.aio` is the same for asyncio. ``imaplib_rs.compat`` is a drop-in for
``imaplib`` of the standard library.
"""

from __future__ import annotations

# As that of `typing`, which need not be imported for it.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from ._session import Session, connect
    from ._errors import (
        AlreadyExists,
        AuthenticationFailed,
        BadArgument,
        ConnectionLost,
        Error,
        LimitExceeded,
        NoSuchMailbox,
        OverQuota,
        PermissionDenied,
        ProtocolError,
        ReadOnly,
        Refused,
        TimedOut,
        TlsFailed,
        Unavailable,
        Unreachable,
        Unsupported,
    )
    from ._mailbox import Body, Mailbox
    from ._native import (
        Address,
        Appended,
        Changes,
        Copied,
        Envelope,
        Event,
        ListedMailbox,
        Moved,
        OpenMailbox,
        Part,
        Row,
        Search,
        Status,
        Structure,
        UidSet,
    )
    from ._watching import Change, Lost, watch

# Where each name is. It is imported when it is asked for: programs that use the drop-in pay nothing for the rest.
_PLACES = {
    "_session": ("Session", "connect"),
    "_mailbox": ("Body", "Mailbox"),
    "_errors": ("AlreadyExists", "AuthenticationFailed", "BadArgument", "ConnectionLost", "Error", "LimitExceeded", "NoSuchMailbox", "OverQuota", "PermissionDenied", "ProtocolError", "ReadOnly", "Refused", "TimedOut", "TlsFailed", "Unavailable", "Unreachable", "Unsupported"),
    "_native": ("Address", "Appended", "Changes", "Copied", "Envelope", "Event", "ListedMailbox", "Moved", "OpenMailbox", "Part", "Row", "Search", "Status", "Structure", "UidSet"),
    "_watching": ("Change", "Lost", "watch"),
}
_MODULES = {name: module for module, names in _PLACES.items() for name in names}

__all__ = [
    "Address",
    "AlreadyExists",
    "Appended",
    "AuthenticationFailed",
    "BadArgument",
    "Body",
    "Change",
    "Changes",
    "ConnectionLost",
    "Copied",
    "Envelope",
    "Error",
    "Event",
    "LimitExceeded",
    "ListedMailbox",
    "Lost",
    "Mailbox",
    "Moved",
    "NoSuchMailbox",
    "OpenMailbox",
    "OverQuota",
    "Part",
    "PermissionDenied",
    "ProtocolError",
    "ReadOnly",
    "Refused",
    "Row",
    "Search",
    "Session",
    "Status",
    "Structure",
    "TimedOut",
    "TlsFailed",
    "UidSet",
    "Unavailable",
    "Unreachable",
    "Unsupported",
    "connect",
    "watch",
]


def __getattr__(name: str) -> object:
    module = _MODULES.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    value = globals()[name] = getattr(importlib.import_module("." + module, __name__), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
