"""The modern API for asyncio: the mailbox that is open, and the texts of messages."""

from __future__ import annotations

import contextlib
import io
from collections import deque
from collections.abc import AsyncIterator, Sequence
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any

from .._errors import Error
from .._native import Changes, Copied, Event, Moved, OpenMailbox, Part, Row, Search, UidSet
from .._values import Flags, Uids, conditions, is_whole

if TYPE_CHECKING:
    from ._session import Session


class Body:
    """A text of a message. One that is large is received while it is read, once."""

    def __init__(
        self, session: Session, row: Row[Body], stream: int, place: int, section: tuple[Any, ...]
    ) -> None:
        self.name: str
        self.origin: int | None
        self.length: int | None
        self.name, self.origin, self.length, self._data = section
        self._session, self._row, self._stream, self._place = session, row, stream, place

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """The bytes, piece by piece."""
        if self._data is not None:
            yield self._data
            return
        session = self._session
        while chunk := await session._call(session._core.text_of, self._row, self._stream, self._place):
            yield chunk

    async def read(self) -> bytes:
        """The whole text."""
        return self._data if self._data is not None else b"".join([chunk async for chunk in self])

    async def save(self, file: IO[bytes]) -> int:
        """Writes the text into a file, in constant memory, and returns how many bytes it has."""
        count = 0
        async for chunk in self:
            file.write(chunk)
            count += len(chunk)
        return count


class Rows:
    """What the server sends of messages, one after the other, in constant memory."""

    def __init__(self, mailbox: Mailbox, messages: Uids, items: Sequence[str]) -> None:
        self._session = mailbox._session
        self._wanted = mailbox._selection, messages, list(items), mailbox
        self._stream: int | None = None
        self._batch: deque[Row[Body]] = deque()

    def __aiter__(self) -> Rows:
        return self

    async def __anext__(self) -> Row[Body]:
        if not self._batch:
            self._batch.extend(await self._session._call(self._more))
            if not self._batch:
                self.close()
                raise StopAsyncIteration
        return self._batch.popleft()

    def _more(self) -> None:
        core = self._session._core
        if self._stream is None:
            self._stream = core.fetch(*self._wanted)
        core.more_rows(self._stream)

    def close(self) -> None:
        """Drops the rest."""
        if self._stream is not None:
            self._session._core.drop_rows(self._stream)

    def __del__(self) -> None:
        self.close()


class Mailbox:
    """The mailbox that is open; see :class:`imaplib_rs.Mailbox`."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._selection = session._core.selection

    async def __aenter__(self) -> Mailbox:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        session = self._session
        if session.is_usable and session._core.is_selected(self._selection):
            with contextlib.suppress(*((Error,) if error is not None else ())):
                await self.unselect()

    @property
    def state(self) -> OpenMailbox:
        """The mailbox as the server shows it at this moment: how many messages there are, UIDVALIDITY and more."""
        return self._session._core.state(self._selection)

    def __len__(self) -> int:
        return self.state.exists

    async def unselect(self) -> None:
        """Leaves the mailbox, and removes nothing."""
        session, core = self._session, self._session._core
        async with session._lock:
            if core.unselect(self._selection):
                await session._drive(())
                return
            core.select(self.state.name, True, False, False)
            await session._drive(())
            core.close_and_expunge(core.selection)
            await session._drive(())

    async def close_and_expunge(self) -> None:
        """Removes the messages that are marked as deleted, and leaves the mailbox."""
        await self._session._call(self._session._core.close_and_expunge, self._selection)

    # ---- reading

    def rows(self, messages: Uids = "1:*", *items: str) -> Rows:
        """What the server sends of messages; see :meth:`imaplib_rs.Mailbox.rows`."""
        return Rows(self, messages, items or ("FLAGS",))

    def _body(self, row: Row[Body], stream: int) -> Body | None:
        section = row._section(0)
        return None if section is None else Body(self._session, row, stream, 0, section)

    async def _bodies(self, row: Row[Body], stream: int) -> AsyncIterator[Body]:
        place, core = 0, self._session._core
        while True:
            section = row._section(place)
            if section is not None:
                yield Body(self._session, row, stream, place, section)
                place += 1
                continue
            if not core.is_open(row):
                return
            await self._session._call(core.rest_of_row, stream)

    async def flags(self, messages: Uids = "1:*") -> dict[int, Flags]:
        """The flags of messages, by UID."""
        session, core = self._session, self._session._core
        async with session._lock:
            stream = core.fetch_flags(self._selection, messages)
            try:
                found: dict[int, Flags] = await session._drive(())
                return found
            finally:
                core.drop_rows(stream)

    async def message(self, uid: int) -> bytes:
        """A message as a whole; the flag Seen is not set. KeyError, if there is none."""
        file = io.BytesIO()
        await self.save(uid, None, file)
        return file.getvalue()

    async def save(self, uid: int, part: Part | None, file: IO[bytes]) -> int:
        """Writes a message, or a part of it without its transfer encoding, into a file, and returns how many bytes it has.
        KeyError, if there is none.
        """
        section = f"BODY.PEEK[{'' if part is None else part.number}]"
        count: int | None = None
        # To the end: the server may still refuse.
        async for row in self.rows(uid, section):
            async for body in row.bodies():
                if count is not None or row.uid != uid or not is_whole(body.name, body.origin, section):
                    continue
                if part is None:
                    count = await body.save(file)
                    continue
                decoder, count = part.decoder(), 0
                async for chunk in body:
                    count += file.write(decoder.feed(chunk))
                count += file.write(decoder.finish())
        if count is None:
            raise KeyError(uid)
        return count

    async def search(self, search: Search | str | None = None, /, **keywords: Any) -> UidSet:
        """The messages that meet the conditions: ``unseen=True, since=date(2026, 1, 31), from_="ann"``."""
        wanted = conditions(search, keywords)
        found: UidSet = await self._session._call(self._session._core.search, self._selection, wanted)
        return found

    async def sort(
        self, keys: str | Sequence[str], search: Search | str | None = None, /, **keywords: Any
    ) -> list[int]:
        """The messages that meet the conditions, in order: ``DATE``, or ``-DATE`` for the newest first."""
        keys, wanted = [keys] if isinstance(keys, str) else list(keys), conditions(search, keywords)
        found: list[int] = await self._session._call(self._session._core.sort, self._selection, keys, wanted)
        return found

    async def changes(self, known: bytes | None = None) -> Changes:
        """What changed since this was known: new messages, those that are gone, and flags."""
        changes: Changes = await self._session._call(self._session._core.changes, self._selection, known)
        return changes

    # ---- changing

    async def add_flags(self, messages: Uids, *flags: str) -> dict[int, Flags]:
        """Adds flags, such as ``\\\\Seen``. The flags that the messages have then, by UID, if the server reports them."""
        return await self._store(messages, "+", flags)

    async def remove_flags(self, messages: Uids, *flags: str) -> dict[int, Flags]:
        """Removes flags."""
        return await self._store(messages, "-", flags)

    async def set_flags(self, messages: Uids, *flags: str) -> dict[int, Flags]:
        """Replaces all flags."""
        return await self._store(messages, "", flags)

    async def _store(self, messages: Uids, how: str, flags: Sequence[str]) -> dict[int, Flags]:
        core = self._session._core
        found: dict[int, Flags] = await self._session._call(
            core.store, self._selection, messages, how, list(flags)
        )
        return found

    async def copy(self, messages: Uids, target: str) -> Copied | None:
        """Copies messages. Where the copies are, if the server reports it."""
        core = self._session._core
        copied: Copied | None = await self._session._call(core.copy, self._selection, messages, target)
        return copied

    async def move(self, messages: Uids, target: str) -> Moved:
        """Moves messages. Where they are then, if the server reports it, and which have stayed, if any."""
        core = self._session._core
        moved: Moved = await self._session._call(core.move, self._selection, messages, target)
        return moved

    async def expunge(self, messages: Uids | None = None) -> None:
        """Removes messages that have the flag Deleted: of these, or all."""
        await self._session._call(self._session._core.expunge, self._selection, messages)

    # ---- waiting

    async def idle(self, timeout: float | None = None) -> AsyncIterator[Event]:
        """What the server reports, as it comes; see :meth:`imaplib_rs.Mailbox.idle`."""
        session, core = self._session, self._session._core
        idle = core.idle(self._selection)
        while (event := await session._call(core.next_event, idle, timeout)) is not None:
            yield event
        if session.is_usable:
            async with session._lock:
                if core.end_idle(idle):
                    await session._drive(())
