"""What the asyncio form of the modern API sends and receives with."""

from __future__ import annotations

import asyncio
import socket
import ssl

from .._address import Address, Options
from .._errors import TlsFailed, Unreachable


class Stream:
    """A connection by asyncio's streams."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def read(self, size: int) -> bytes:
        return await self._reader.read(size)

    def write(self, data: bytes) -> None:
        self._writer.write(data)

    async def drain(self) -> None:
        await self._writer.drain()

    async def close(self) -> None:
        self._writer.close()
        try:
            await asyncio.wait_for(self._writer.wait_closed(), 1)
        except (OSError, asyncio.TimeoutError):
            pass

    def abort(self) -> None:
        self._writer.transport.abort()


class ClearStream:
    """A socket before STARTTLS: what asyncio buffers behind it must not be lost when TLS begins."""

    def __init__(self, plain: socket.socket) -> None:
        self.socket = plain
        self._loop = asyncio.get_running_loop()
        self._output = b""

    async def read(self, size: int) -> bytes:
        return await self._loop.sock_recv(self.socket, size)

    def write(self, data: bytes) -> None:
        self._output += data

    async def drain(self) -> None:
        output, self._output = self._output, b""
        await self._loop.sock_sendall(self.socket, output)

    async def close(self) -> None:
        self.socket.close()

    def abort(self) -> None:
        self.socket.close()


async def open_clear(address: Address, options: Options) -> ClearStream:
    """Connects a socket."""
    host, port = options.connect_to or (address.host, address.port)
    loop = asyncio.get_running_loop()
    try:
        found = await asyncio.wait_for(loop.getaddrinfo(host, port, type=socket.SOCK_STREAM), options.timeout)
    except (OSError, asyncio.TimeoutError) as error:
        raise Unreachable(f"cannot find the address of {host}: {error}") from error
    failed: BaseException | None = None
    for family, kind, protocol, _, place in found:
        made = socket.socket(family, kind, protocol)
        made.setblocking(False)
        try:
            await asyncio.wait_for(loop.sock_connect(made, place), options.timeout)
        except (OSError, asyncio.TimeoutError) as error:
            made.close()
            failed = error
            continue
        except BaseException:
            made.close()
            raise
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return ClearStream(made)
    raise Unreachable(f"cannot reach {host} port {port}: {failed}") from failed


async def begin_tls(clear: ClearStream, address: Address, options: Options) -> Stream:
    """Begins TLS on a socket."""
    handshake = asyncio.open_connection(
        sock=clear.socket,
        ssl=options.tls(),
        server_hostname=address.host,
        ssl_handshake_timeout=options.timeout,
    )
    try:
        return Stream(*await handshake)
    except (OSError, ValueError, ssl.SSLError) as error:
        raise TlsFailed(f"TLS with {address.host} failed: {error}") from error


async def without_tls(clear: ClearStream) -> Stream:
    """The same socket by asyncio's streams."""
    return Stream(*await asyncio.open_connection(sock=clear.socket))
