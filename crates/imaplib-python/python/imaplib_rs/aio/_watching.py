"""Watching mailboxes over many connections, for asyncio."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Union

from .._errors import Error
from .._native import Watched
from .._watching import Change, Lost
from ._session import Session


async def watch(
    connect: Callable[[], Awaitable[Session]],
    mailboxes: Mapping[str, bytes | None],
    timeout: float | None = None,
) -> AsyncIterator[Union[Change, Lost]]:
    """The changes of mailboxes, over as many connections as it takes; see :func:`imaplib_rs.watch`."""
    watched = Watched()
    for name, known in mailboxes.items():
        watched.add(name, known)
    session: Session | None = None
    try:
        while True:
            try:
                if session is None:
                    session = await connect()
                    watched.connected()
                change = await session._call(session._core.next_change, watched, timeout)
            except Error as error:
                if session is not None:
                    await session.close()
                    session = None
                wait = watched.disconnected(error)
                if wait is None:
                    raise
                yield Lost(error, wait)
                await asyncio.sleep(wait)
                continue
            if change is None:
                return
            yield Change(*change)
    finally:
        if session is not None:
            with contextlib.suppress(Error):
                await session.logout()
