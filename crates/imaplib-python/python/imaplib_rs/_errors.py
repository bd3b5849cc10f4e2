"""The exceptions of the modern API."""

from __future__ import annotations


class Error(Exception):
    """Something failed. The kind of failure is the class."""

    #: The response code of a refusal, such as ``TRYCREATE``.
    code: str | None = None
    #: Whether the connection ended before the answer: only a look at the mailbox shows whether the server obeyed.
    is_outcome_unknown: bool = False
    #: Whether it may work later.
    is_temporary: bool = False
    #: The extension that the server lacks.
    missing_capability: str | None = None
    _reason: object = None


class BadArgument(Error, ValueError):
    """A value cannot be sent, or a call cannot be made now."""


class Unsupported(Error):
    """The server lacks an extension."""


class ReadOnly(Error):
    """The mailbox is open for reading only."""


class Refused(Error):
    """The server refused."""


class AuthenticationFailed(Refused):
    """The server refused the login."""


class Unavailable(Refused):
    """The server cannot do it at the moment."""


class NoSuchMailbox(Refused):
    """There is no such mailbox."""


class AlreadyExists(Refused):
    """There is such a mailbox already."""


class OverQuota(Refused):
    """There is no room."""


class PermissionDenied(Refused):
    """The user may not do that."""


class ProtocolError(Error):
    """The server violates the protocol in a way that cannot be mended."""


class LimitExceeded(Error):
    """The server sent more than is accepted."""


class ConnectionLost(Error, ConnectionError):
    """The connection has ended."""


class TimedOut(Error, TimeoutError):
    """The server did not answer in time. The connection cannot be used any more."""


class Unreachable(Error, ConnectionError):
    """The server cannot be reached."""


class TlsFailed(Error, ConnectionError):
    """TLS failed: the certificate is not trusted, or the handshake went wrong."""
