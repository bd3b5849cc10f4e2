"""Watching mailboxes over many connections."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, Union

from ._session import Session
from ._errors import Error
from ._native import Changes, Watched


class Change(NamedTuple):
    """A mailbox has changed."""

    mailbox: str
    changes: Changes


class Lost(NamedTuple):
    """The connection is lost, or cannot be made; it is made again after so many seconds."""

    error: Error
    retry_in: float


def watch(
    connect: Callable[[], Session], mailboxes: Mapping[str, bytes | None], timeout: float | None = None
) -> Iterator[Union[Change, Lost]]:
    """The changes of mailboxes, as they happen, over as many connections as it takes: by NOTIFY or IDLE, else by polling.

    ``connect`` makes a session that is logged in. ``mailboxes`` has what is known of each: ``Changes.known``, or None, which
    makes all messages new. A change comes once, also one that happened while there was no connection. It ends after so many
    seconds without a change. An error of the first connection, and a refused login, are raised.
    """
    watched = Watched()
    for name, known in mailboxes.items():
        watched.add(name, known)
    session: Session | None = None
    try:
        while True:
            try:
                if session is None:
                    session = connect()
                    watched.connected()
                session._core.next_change(watched, timeout)
                change = session._drive()
            except Error as error:
                if session is not None:
                    session.close()
                    session = None
                wait = watched.disconnected(error)
                if wait is None:
                    raise
                yield Lost(error, wait)
                time.sleep(wait)
                continue
            if change is None:
                return
            yield Change(*change)
    finally:
        if session is not None:
            with contextlib.suppress(Error):
                session.logout()
