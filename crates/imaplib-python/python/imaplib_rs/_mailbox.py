"""The modern API on blocking sockets: the mailbox that is open, and the texts of messages."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any

from ._errors import Error
from ._native import Changes, Copied, Event, Moved, OpenMailbox, Part, Row, Search, UidSet
from ._values import Flags, Uids, conditions, is_whole

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

    def __iter__(self) -> Iterator[bytes]:
        """The bytes, piece by piece."""
        if self._data is not None:
            yield self._data
            return
        core = self._session._core
        while True:
            core.text_of(self._row, self._stream, self._place)
            chunk = self._session._drive()
            if not chunk:
                return
            yield chunk

    def read(self) -> bytes:
        """The whole text."""
        return self._data if self._data is not None else b"".join(self)

    def save(self, file: IO[bytes]) -> int:
        """Writes the text into a file, in constant memory, and returns how many bytes it has."""
        count = 0
        for chunk in self:
            file.write(chunk)
            count += len(chunk)
        return count


class Mailbox:
    """The mailbox that is open. Messages are named by UID: a number, numbers, a text such as ``1:5,9``, or a UidSet."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._selection = session._core.selection

    def __enter__(self) -> Mailbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        session = self._session
        if session.is_usable and session._core.is_selected(self._selection):
            with contextlib.suppress(*((Error,) if error is not None else ())):
                self.unselect()

    @property
    def state(self) -> OpenMailbox:
        """The mailbox as the server shows it at this moment: how many messages there are, UIDVALIDITY and more."""
        return self._session._core.state(self._selection)

    def __len__(self) -> int:
        return self.state.exists

    def unselect(self) -> None:
        """Leaves the mailbox, and removes nothing."""
        core = self._session._core
        if not core.unselect(self._selection):
            core.select(self.state.name, True, False, False)
            self._session._drive()
            core.close_and_expunge(core.selection)
        self._session._drive()

    def close_and_expunge(self) -> None:
        """Removes the messages that are marked as deleted, and leaves the mailbox."""
        self._session._core.close_and_expunge(self._selection)
        self._session._drive()

    # ---- reading

    def rows(self, messages: Uids = "1:*", *items: str) -> Iterator[Row[Body]]:
        """What the server sends of messages, one after the other, in constant memory: ``FLAGS``, ``ENVELOPE``,
        ``BODYSTRUCTURE``, ``BODY.PEEK[]`` and so on; by default the flags.

        Other calls may be made meanwhile: then the rest of the rows is received first, and kept.
        """
        return self._rows(self._session._core.fetch(self._selection, messages, list(items or ("FLAGS",)), self))

    def _rows(self, stream: int) -> Iterator[Row[Body]]:
        session, core = self._session, self._session._core
        try:
            while True:
                core.more_rows(stream)
                batch = session._drive()
                if not batch:
                    return
                yield from batch
        finally:
            core.drop_rows(stream)

    def _body(self, row: Row[Body], stream: int) -> Body | None:
        return next(self._bodies(row, stream), None)

    def _bodies(self, row: Row[Body], stream: int) -> Iterator[Body]:
        place, core = 0, self._session._core
        while True:
            section = row._section(place)
            if section is not None:
                yield Body(self._session, row, stream, place, section)
                place += 1
                continue
            if not core.is_open(row):
                return
            core.rest_of_row(stream)
            self._session._drive()

    def flags(self, messages: Uids = "1:*") -> dict[int, Flags]:
        """The flags of messages, by UID."""
        core = self._session._core
        stream = core.fetch_flags(self._selection, messages)
        try:
            found: dict[int, Flags] = self._session._drive()
            return found
        finally:
            core.drop_rows(stream)

    def message(self, uid: int) -> bytes:
        """A message as a whole; the flag Seen is not set. KeyError, if there is none."""
        file = io.BytesIO()
        self.save(uid, None, file)
        return file.getvalue()

    def save(self, uid: int, part: Part | None, file: IO[bytes]) -> int:
        """Writes a message, or a part of it without its transfer encoding, into a file, and returns how many bytes it has.
        KeyError, if there is none.
        """
        section = f"BODY.PEEK[{'' if part is None else part.number}]"
        count: int | None = None
        # To the end: the server may still refuse.
        for row in self.rows(uid, section):
            for body in row.bodies():
                if count is not None or row.uid != uid or not is_whole(body.name, body.origin, section):
                    continue
                if part is None:
                    count = body.save(file)
                    continue
                decoder, count = part.decoder(), 0
                for chunk in body:
                    count += file.write(decoder.feed(chunk))
                count += file.write(decoder.finish())
        if count is None:
            raise KeyError(uid)
        return count

    def search(self, search: Search | str | None = None, /, **keywords: Any) -> UidSet:
        """The messages that meet the conditions: ``unseen=True, since=date(2026, 1, 31), from_="ann"``."""
        self._session._core.search(self._selection, conditions(search, keywords))
        found: UidSet = self._session._drive()
        return found

    def sort(self, keys: str | Sequence[str], search: Search | str | None = None, /, **keywords: Any) -> list[int]:
        """The messages that meet the conditions, in order: ``DATE``, or ``-DATE`` for the newest first."""
        keys = [keys] if isinstance(keys, str) else list(keys)
        self._session._core.sort(self._selection, keys, conditions(search, keywords))
        found: list[int] = self._session._drive()
        return found

    def changes(self, known: bytes | None = None) -> Changes:
        """What changed since this was known: new messages, those that are gone, and flags."""
        self._session._core.changes(self._selection, known)
        changes: Changes = self._session._drive()
        return changes

    # ---- changing

    def add_flags(self, messages: Uids, *flags: str) -> dict[int, Flags]:
        """Adds flags, such as ``\\\\Seen``. The flags that the messages have then, by UID, if the server reports them."""
        return self._store(messages, "+", flags)

    def remove_flags(self, messages: Uids, *flags: str) -> dict[int, Flags]:
        """Removes flags."""
        return self._store(messages, "-", flags)

    def set_flags(self, messages: Uids, *flags: str) -> dict[int, Flags]:
        """Replaces all flags."""
        return self._store(messages, "", flags)

    def _store(self, messages: Uids, how: str, flags: Sequence[str]) -> dict[int, Flags]:
        self._session._core.store(self._selection, messages, how, list(flags))
        found: dict[int, Flags] = self._session._drive()
        return found

    def copy(self, messages: Uids, target: str) -> Copied | None:
        """Copies messages. Where the copies are, if the server reports it."""
        self._session._core.copy(self._selection, messages, target)
        copied: Copied | None = self._session._drive()
        return copied

    def move(self, messages: Uids, target: str) -> Moved:
        """Moves messages. Where they are then, if the server reports it, and which have stayed, if any."""
        self._session._core.move(self._selection, messages, target)
        moved: Moved = self._session._drive()
        return moved

    def expunge(self, messages: Uids | None = None) -> None:
        """Removes messages that have the flag Deleted: of these, or all."""
        self._session._core.expunge(self._selection, messages)
        self._session._drive()

    # ---- waiting

    def idle(self, timeout: float | None = None) -> Iterator[Event]:
        """What the server reports, as it comes; IDLE is renewed on time. It ends after so many seconds of silence.

        Other calls may be made in between.
        """
        session, core = self._session, self._session._core
        idle = core.idle(self._selection)
        try:
            while True:
                core.next_event(idle, timeout)
                event = session._drive()
                if event is None:
                    return
                yield event
        finally:
            if session.is_usable and core.end_idle(idle):
                session._drive()
