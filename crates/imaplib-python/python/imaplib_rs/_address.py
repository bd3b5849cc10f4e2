"""Addresses of servers: ``imaps://user@host:993`` and its like."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import unquote

from ._errors import BadArgument

_SCHEMES = {"imaps": 993, "imap": 143, "imap+insecure": 143}


class Address(NamedTuple):
    """Where a server is, and how it is reached."""

    scheme: str
    host: str
    port: int
    user: str | None

    @property
    def is_private(self) -> bool:
        """Whether nobody can read what goes over the connection."""
        return self.scheme != "imap+insecure"


@dataclass
class Options:
    """How a connection is made."""

    #: The TLS settings; None verifies the certificate and the name of the server.
    ssl_context: ssl.SSLContext | None = None
    #: The longest silence of a server that is to answer, in seconds.
    timeout: float = 60.0
    #: To connect to another address than the host's, as through a tunnel.
    connect_to: tuple[str, int] | None = field(default=None)

    def tls(self) -> ssl.SSLContext:
        return self.ssl_context or ssl.create_default_context()


def parse(text: str) -> Address:
    """Reads an address. A password cannot stand in it."""
    scheme, separator, rest = text.partition("://")
    scheme = scheme.lower()
    if not separator:
        raise BadArgument(f"{text.rpartition('@')[2]!r} is not the address of a server: imaps://user@host")
    if scheme not in _SCHEMES:
        raise BadArgument(f"the scheme {scheme!r} is not known: imaps, imap (STARTTLS) or imap+insecure (clear text)")
    rest = rest[:-1] if rest.endswith("/") else rest
    name, at, place = rest.rpartition("@")
    if ":" in name:
        raise BadArgument("a password must not stand in the address: pass it as an argument")
    host, port = _place(place, _SCHEMES[scheme])
    return Address(scheme, host, port, unquote(name, errors="strict") if at else None)


def _place(place: str, default: int) -> tuple[str, int]:
    """``host``, ``host:port``, ``[v6]`` or ``[v6]:port``."""
    if place.startswith("["):
        host, closed, port = place[1:].partition("]")
        if not closed or (port and not port.startswith(":")):
            raise BadArgument(f"{place!r} is not the address of a host")
        port = port[1:]
    else:
        host, _, port = place.partition(":")
    if not host or any(letter in host for letter in "/?# ") or not host.isprintable():
        raise BadArgument(f"{host!r} is not the name of a host")
    if not port:
        return host, default
    if not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise BadArgument(f"{port!r} is not a port: 1 to 65535")
    return host, int(port)
