"""The modern API on blocking sockets: the connection, and what is about no message."""

from __future__ import annotations

import datetime
import secrets
import socket
import ssl
import time
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import IO, Any

from ._address import Address, Options, parse
from ._errors import Error, TlsFailed, Unreachable
from ._mailbox import Mailbox
from ._message import Message, as_messages
from ._native import Appended, Connection, ListedMailbox, Need, Status
from ._values import FIGURES

_BLOCK = 64 << 10


def connect(
    address: str,
    user: str | None = None,
    password: str | None = None,
    *,
    token: str | None = None,
    ssl_context: ssl.SSLContext | None = None,
    timeout: float = 60.0,
    connect_to: tuple[str, int] | None = None,
) -> Session:
    """Connects to a server, and logs in if there is a password or a token.

    ``imaps://host`` is TLS, ``imap://host`` is STARTTLS, which must succeed, and ``imap+insecure://host`` is clear text. The
    certificate and the name of the server are verified, unless ``ssl_context`` says otherwise. ``timeout`` is the longest
    silence of a server that is to answer, in seconds; one that drips or talks of other things is given up, too. ``connect_to``
    is another address to connect to.
    """
    place = parse(address)
    session = Session(place, Options(ssl_context, timeout, connect_to))
    try:
        session._open()
        name = user or place.user
        if name is not None and token is not None:
            session.authenticate("XOAUTH2", name, token)
        elif name is not None and password is not None:
            session.login(name, password)
    except BaseException:
        session.close()
        raise
    return session


class Session:
    """A connection. It is used by one thread at a time."""

    def __init__(self, address: Address, options: Options) -> None:
        self._address = address
        self._options = options
        self._core = Connection(options.timeout)
        self._socket: socket.socket | None = None

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._core.is_usable and self._socket is not None:
                self.logout()
        except Error:
            if error is None:
                raise
        finally:
            self.close()

    # ---- the connection

    def _open(self) -> None:
        address, options = self._address, self._options
        try:
            self._socket = socket.create_connection(
                options.connect_to or (address.host, address.port), timeout=options.timeout
            )
        except OSError as error:
            raise Unreachable(f"cannot reach {address.host} port {address.port}: {error}") from error
        # Small commands and the ends of messages go out at once.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if address.scheme == "imaps":
            self._start_tls()
        self._core.greet()
        self._drive()
        if address.scheme == "imap":
            self._core.start_tls()
            self._drive()
            self._start_tls()
        self._core.learn_capabilities()
        self._drive()

    def _start_tls(self) -> None:
        plain = self._socket
        if plain is None:
            raise self._core.lost()
        plain.settimeout(self._options.timeout)
        try:
            self._socket = self._options.tls().wrap_socket(plain, server_hostname=self._address.host)
        except (OSError, ValueError) as error:
            raise TlsFailed(f"TLS with {self._address.host} failed: {error}") from error

    def close(self) -> None:
        """Closes the connection without a word to the server."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    @property
    def sock(self) -> socket.socket | None:
        """The socket; None once it is closed."""
        return self._socket

    def _drive(self, sources: Sequence[Message] = ()) -> Any:
        """Does what was begun."""
        core, stream = self._core, self._socket
        if stream is None:
            raise core.lost()
        advance = core.advance
        while True:
            need = advance()
            if need == Need.DONE:
                return core.result()
            if need == Need.RECEIVE:
                stream.settimeout(max(core.wait, 0.001))
                try:
                    data = stream.recv(_BLOCK)
                except TimeoutError:
                    core.timed_out()
                    continue
                except OSError as error:
                    raise core.lost() from error
                core.receive(data)
            elif need == Need.SEND:
                output = core.output()
                self._send(stream, output)
                core.sent(len(output))
            elif need == Need.SOURCE:
                place, left = core.source
                data = sources[place].read(min(left, _BLOCK))
                if not data:
                    raise core.truncated(left)
                self._send(stream, data)
                core.streamed(len(data))
            else:
                time.sleep(core.wait)

    def _send(self, stream: socket.socket, data: bytes) -> None:
        try:
            stream.settimeout(self._options.timeout)
            stream.sendall(data)
        except OSError as error:
            raise self._core.lost() from error
        except BaseException:
            # Nobody knows how much of it went out.
            self._core.lost()
            raise

    # ---- login

    def login(self, user: str, password: str) -> None:
        """Logs in by the strongest way that the server offers: SCRAM, CRAM-MD5, PLAIN or LOGIN."""
        self._core.login(user, password, self._address.is_private, secrets.token_urlsafe(24))
        self._drive()
        self._logged_in()

    def authenticate(self, mechanism: str, user: str, secret: str = "") -> None:
        """Logs in by this mechanism, such as ``XOAUTH2`` with an access token."""
        self._core.authenticate(mechanism, user, secret, secrets.token_urlsafe(24))
        self._drive()
        self._logged_in()

    def login_command(self, user: str, password: str) -> None:
        """Logs in with the command LOGIN, which sends the password as it is: over ``imap+insecure://`` everybody can read it.
        :meth:`login` does so only over TLS, and where the server offers nothing better.
        """
        self._core.login_command(user, password)
        self._drive()
        self._logged_in()

    def _logged_in(self) -> None:
        self._core.learn_capabilities()
        self._drive()
        if self._core.introduce():
            self._drive()

    def logout(self) -> None:
        """Takes leave of the server, and closes the connection."""
        try:
            self._core.logout()
            self._drive()
        finally:
            self.close()

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
        return self._socket is not None and self._core.is_usable

    def noop(self) -> None:
        """Lets the server report what is new."""
        self._core.noop()
        self._drive()

    def id(self, **fields: str) -> dict[str, str | None]:
        """Describes the client to the server, and returns how the server describes itself."""
        self._core.id(list(fields.items()))
        found: dict[str, str | None] = self._drive()
        return found

    # ---- mailboxes

    def select(
        self, name: str = "INBOX", *, read_only: bool = False, create: bool = False, for_changes: bool = False
    ) -> Mailbox:
        """Opens a mailbox. ``create`` makes it first, if there is none; ``for_changes`` prepares the server for
        :meth:`Mailbox.changes`, as far as it is able to.
        """
        self._core.select(name, read_only, create, for_changes)
        self._drive()
        return Mailbox(self)

    def mailboxes(self, pattern: str = "*", *figures: str) -> list[ListedMailbox]:
        """The mailboxes whose names match, with these figures, such as ``MESSAGES``."""
        self._core.list(pattern, list(figures))
        listed: list[ListedMailbox] = self._drive()
        return listed

    def status(self, name: str, *figures: str) -> Status:
        """Figures of a mailbox, by default the usual ones."""
        self._core.status(name, list(figures or FIGURES))
        status: Status = self._drive()
        return status

    def create(self, name: str) -> None:
        """Creates a mailbox."""
        self._core.manage("create", name)
        self._drive()

    def delete(self, name: str) -> None:
        """Deletes a mailbox with all that is in it."""
        self._core.manage("delete", name)
        self._drive()

    def rename(self, name: str, new_name: str) -> None:
        """Renames a mailbox."""
        self._core.rename(name, new_name)
        self._drive()

    def subscribe(self, name: str) -> None:
        """Subscribes to a mailbox."""
        self._core.manage("subscribe", name)
        self._drive()

    def unsubscribe(self, name: str) -> None:
        """Ends a subscription."""
        self._core.manage("unsubscribe", name)
        self._drive()

    def append(
        self,
        mailbox: str,
        message: bytes | IO[bytes],
        flags: Iterable[str] = (),
        date: datetime.datetime | None = None,
    ) -> Appended | None:
        """Puts a message into a mailbox, byte for byte. Where it is then, if the server reports it."""
        result = self.append_all(mailbox, [(message, flags, date)])[0]
        if isinstance(result, Error):
            raise result
        return result

    def append_all(
        self,
        mailbox: str,
        messages: Iterable[tuple[bytes | IO[bytes], Iterable[str], datetime.datetime | None]],
    ) -> list[Appended | Error | None]:
        """Puts messages into a mailbox, without waiting for each. A result for each: where it is, or why it was refused."""
        sources, described = as_messages(messages)
        self._core.append(mailbox, described)
        results: list[Appended | Error | None] = self._drive(sources)
        return results
