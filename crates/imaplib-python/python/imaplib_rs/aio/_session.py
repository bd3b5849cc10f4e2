"""The modern API for asyncio: the connection, and what is about no message."""

from __future__ import annotations

import asyncio
import datetime
import secrets
import ssl
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import IO, Any

from .._address import Address, Options, parse
from .._errors import Error
from .._message import Message, as_messages
from .._native import Appended, Connection, ListedMailbox, Need, Status
from .._values import FIGURES
from ._mailbox import Mailbox
from ._streams import ClearStream, Stream, begin_tls, open_clear, without_tls

_BLOCK = 64 << 10


async def connect(
    address: str,
    user: str | None = None,
    password: str | None = None,
    *,
    token: str | None = None,
    ssl_context: ssl.SSLContext | None = None,
    timeout: float = 60.0,
    connect_to: tuple[str, int] | None = None,
) -> Session:
    """Connects to a server, and logs in if there is a password or a token; see :func:`imaplib_rs.connect`."""
    place = parse(address)
    session = Session(place, Options(ssl_context, timeout, connect_to))
    try:
        await session._open()
        name = user or place.user
        if name is not None and token is not None:
            await session.authenticate("XOAUTH2", name, token)
        elif name is not None and password is not None:
            await session.login(name, password)
    except BaseException:
        session._abort()
        raise
    return session


class Session:
    """A connection. Tasks may share it: their calls are made one after the other."""

    def __init__(self, address: Address, options: Options) -> None:
        self._address = address
        self._options = options
        self._core = Connection(options.timeout)
        self._stream: Stream | ClearStream | None = None
        self._lock = asyncio.Lock()

    async def __aenter__(self) -> Session:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self.is_usable:
                await self.logout()
        except Error:
            if error is None:
                raise
        finally:
            await self.close()

    # ---- the connection

    async def _open(self) -> None:
        address, options = self._address, self._options
        self._stream = clear = await open_clear(address, options)
        if address.scheme == "imaps":
            self._stream = await begin_tls(clear, address, options)
        elif address.scheme == "imap+insecure":
            self._stream = await without_tls(clear)
        await self._call(self._core.greet)
        if address.scheme == "imap":
            await self._call(self._core.start_tls)
            self._stream = await begin_tls(clear, address, options)
        await self._call(self._core.learn_capabilities)

    def _abort(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.abort()

    async def close(self) -> None:
        """Closes the connection without a word to the server."""
        stream, self._stream = self._stream, None
        if stream is not None:
            await stream.close()

    async def _call(self, begin: Callable[..., Any], *arguments: Any, sources: Sequence[Message] = ()) -> Any:
        """Begins something and does it, after the calls before it."""
        async with self._lock:
            begin(*arguments)
            return await self._drive(sources)

    async def _drive(self, sources: Sequence[Message]) -> Any:
        core, stream = self._core, self._stream
        if stream is None:
            raise core.lost()
        while True:
            need = core.advance()
            if need == Need.DONE:
                return core.result()
            if need == Need.RECEIVE:
                try:
                    data = await asyncio.wait_for(stream.read(_BLOCK), max(core.wait, 0.001))
                except asyncio.TimeoutError:
                    core.timed_out()
                    continue
                except OSError as error:
                    raise core.lost() from error
                core.receive(data)
            elif need == Need.SEND:
                await self._send(stream, core.output(), core.sent)
            elif need == Need.SOURCE:
                place, left = core.source
                data = sources[place].read(min(left, _BLOCK))
                if not data:
                    raise core.truncated(left)
                await self._send(stream, data, core.streamed)
            else:
                await asyncio.sleep(core.wait)

    async def _send(self, stream: Stream | ClearStream, data: bytes, report: Callable[[int], None]) -> None:
        try:
            # Once written it will go out, also if nobody waits for that any more.
            stream.write(data)
            report(len(data))
            await asyncio.wait_for(stream.drain(), self._options.timeout)
        except (OSError, asyncio.TimeoutError) as error:
            raise self._core.lost() from error
        except BaseException:
            if isinstance(stream, ClearStream):
                # Nobody knows how much of it went out.
                self._core.lost()
            raise

    # ---- login

    async def login(self, user: str, password: str) -> None:
        """Logs in by the strongest way that the server offers: SCRAM, CRAM-MD5, PLAIN or LOGIN."""
        await self._call(self._core.login, user, password, self._address.is_private, secrets.token_urlsafe(24))
        await self._logged_in()

    async def authenticate(self, mechanism: str, user: str, secret: str = "") -> None:
        """Logs in by this mechanism, such as ``XOAUTH2`` with an access token."""
        await self._call(self._core.authenticate, mechanism, user, secret, secrets.token_urlsafe(24))
        await self._logged_in()

    async def login_command(self, user: str, password: str) -> None:
        """Logs in with the command LOGIN, which sends the password as it is: over ``imap+insecure://`` everybody can read it.
        :meth:`login` does so only over TLS, and where the server offers nothing better.
        """
        await self._call(self._core.login_command, user, password)
        await self._logged_in()

    async def _logged_in(self) -> None:
        await self._call(self._core.learn_capabilities)
        async with self._lock:
            if self._core.introduce():
                await self._drive(())

    async def logout(self) -> None:
        """Takes leave of the server, and closes the connection."""
        try:
            await self._call(self._core.logout)
        finally:
            await self.close()

    # ---- what the server is

    @property
    def capabilities(self) -> frozenset[str]:
        """What the server can do."""
        return self._core.capabilities

    @property
    def is_logged_in(self) -> bool:
        """Whether the server has logged somebody in: after a login, or by itself."""
        return self._core.is_logged_in

    @property
    def greeting(self) -> str:
        """The text of the greeting."""
        return self._core.greeting

    @property
    def is_usable(self) -> bool:
        """Whether commands can still be sent, as far as is known."""
        return self._stream is not None and self._core.is_usable

    async def noop(self) -> None:
        """Lets the server report what is new."""
        await self._call(self._core.noop)

    async def id(self, **fields: str) -> dict[str, str | None]:
        """Describes the client to the server, and returns how the server describes itself."""
        found: dict[str, str | None] = await self._call(self._core.id, list(fields.items()))
        return found

    # ---- mailboxes

    async def select(
        self, name: str = "INBOX", *, read_only: bool = False, create: bool = False, for_changes: bool = False
    ) -> Mailbox:
        """Opens a mailbox; see :meth:`imaplib_rs.Session.select`."""
        await self._call(self._core.select, name, read_only, create, for_changes)
        return Mailbox(self)

    async def mailboxes(self, pattern: str = "*", *figures: str) -> list[ListedMailbox]:
        """The mailboxes whose names match, with these figures, such as ``MESSAGES``."""
        listed: list[ListedMailbox] = await self._call(self._core.list, pattern, list(figures))
        return listed

    async def status(self, name: str, *figures: str) -> Status:
        """Figures of a mailbox, by default the usual ones."""
        status: Status = await self._call(self._core.status, name, list(figures or FIGURES))
        return status

    async def create(self, name: str) -> None:
        """Creates a mailbox."""
        await self._call(self._core.manage, "create", name)

    async def delete(self, name: str) -> None:
        """Deletes a mailbox with all that is in it."""
        await self._call(self._core.manage, "delete", name)

    async def rename(self, name: str, new_name: str) -> None:
        """Renames a mailbox."""
        await self._call(self._core.rename, name, new_name)

    async def subscribe(self, name: str) -> None:
        """Subscribes to a mailbox."""
        await self._call(self._core.manage, "subscribe", name)

    async def unsubscribe(self, name: str) -> None:
        """Ends a subscription."""
        await self._call(self._core.manage, "unsubscribe", name)

    async def append(
        self,
        mailbox: str,
        message: bytes | IO[bytes],
        flags: Iterable[str] = (),
        date: datetime.datetime | None = None,
    ) -> Appended | None:
        """Puts a message into a mailbox, byte for byte. Where it is then, if the server reports it."""
        result = (await self.append_all(mailbox, [(message, flags, date)]))[0]
        if isinstance(result, Error):
            raise result
        return result

    async def append_all(
        self,
        mailbox: str,
        messages: Iterable[tuple[bytes | IO[bytes], Iterable[str], datetime.datetime | None]],
    ) -> list[Appended | Error | None]:
        """Puts messages into a mailbox, without waiting for each. A result for each: where it is, or why it was refused."""
        sources, described = as_messages(messages)
        results: list[Appended | Error | None] = await self._call(
            self._core.append, mailbox, described, sources=sources
        )
        return results
