"""The modern API for asyncio: the calls of :mod:`imaplib_rs`, with ``await``.

    async with await aio.connect("imaps://imap.example.org", "user", "password") as session:
        async with await session.select() as inbox:
            async for row in inbox.rows("1:*", "ENVELOPE"):
                print(row.uid, row.envelope.subject)

Tasks may share a session: their calls are made one after the other.
"""

from .._watching import Change, Lost
from ._mailbox import Body, Mailbox, Rows
from ._session import Session, connect
from ._watching import watch

__all__ = ["Body", "Change", "Lost", "Mailbox", "Rows", "Session", "connect", "watch"]
