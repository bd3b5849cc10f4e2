"""Messages to be appended."""

from __future__ import annotations

import datetime
import io
import os
from collections.abc import Iterable
from typing import IO, List, Optional, Tuple, Union

from ._errors import BadArgument

#: A message, its flags and its date.
Described = Tuple[int, List[str], Optional[datetime.datetime]]


class Message:
    """The bytes of a message, and how many they are."""

    def __init__(self, source: Union[bytes, bytearray, memoryview, IO[bytes]]) -> None:
        if isinstance(source, (bytes, bytearray, memoryview)):
            self._file: IO[bytes] = io.BytesIO(source)
            self.length = len(source)
            return
        self._file = source
        try:
            start = source.tell()
            self.length = source.seek(0, os.SEEK_END) - start
            source.seek(start)
        except (OSError, AttributeError) as error:
            raise BadArgument("the length of a message must be known before it is sent: read it first") from error

    def read(self, size: int) -> bytes:
        return self._file.read(size)


def as_messages(
    messages: Iterable[Tuple[Union[bytes, IO[bytes]], Iterable[str], Optional[datetime.datetime]]],
) -> Tuple[List[Message], List[Described]]:
    """What is read when the server asks for it, and what is sent before."""
    sources, described = [], []
    for source, flags, date in messages:
        message = Message(source)
        sources.append(message)
        described.append((message.length, list(flags), date))
    return sources, described
