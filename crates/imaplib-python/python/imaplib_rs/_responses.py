"""Reading responses: in Rust, or here where a program replaced a method that takes part in it."""

import io
import select
import sys
import time

from . import _tables
from ._native import LiteralRule, Stop, Wire, paren_depth
from ._pace import Pace

# So much is asked of a socket at a time, in bytes; of one that has a large literal, so much.
_BLOCK = 64 << 10
_LARGE_BLOCK = 4 << 20

# Room for so much of a literal, in bytes, is asked of the system at once. What nothing was received into takes no memory.
_ROOM = 512 << 20

# Methods that see each line, or each response. Where one of them was replaced, the loop runs in Python.
_HOOKS = frozenset(
    (
        "read",
        "readline",
        "_get_line",
        "_get_response",
        "_get_tagged_response",
        "_append_untagged",
        "_match",
    )
)
_own = set()

# Why the loop in Rust returned, as numbers.
_MORE, _LITERAL, _TAGGED, _BYE = int(Stop.MORE), int(Stop.LITERAL), int(Stop.TAGGED), int(Stop.BYE)
_CONTINUATION = int(Stop.CONTINUATION)
_UNKNOWN = -1

_LOGGED_IN = ("SELECTED", "AUTH")

# So many empty lines are skipped between responses.
_MOST_EMPTY_LINES = 10_000


def own(function):
    """Marks a method as one that need not be called."""
    _own.add(function)
    return function


_COMPAT = __package__ + ".compat"


def _module():
    """The module whose ``_MAXLINE`` programs change."""
    return sys.modules[_COMPAT]


class Responses:
    """What a connection received, sorted into ``tagged_commands`` and ``untagged_responses``."""

    # ---- the fast loop

    def _is_plain(self):
        """Whether nobody looks at single lines, so that Rust can read all that belong to a command."""
        kind, own = type(self), _own
        # Each command asks this: one after the other is faster than a loop.
        return (
            kind.read in own
            and kind.readline in own
            and kind._get_line in own
            and kind._get_response in own
            and kind._get_tagged_response in own
            and kind._append_untagged in own
            and kind._match in own
            and _HOOKS.isdisjoint(self.__dict__)
            and (self.debug < 1 or not self._listens())
            and self._reads_from_socket()
        )

    def _listens(self):
        """Whether debug lines go anywhere."""
        logger = getattr(self._mesg, "__self__", None)
        enabled = getattr(logger, "isEnabledFor", None)
        return enabled is None or enabled(10)

    def _reads_from_socket(self):
        """Whether bytes come from the socket itself, not from a file that the program put in its place."""
        if not _tables.PLAIN_FILE:
            return True
        file = self.__dict__.get("file")
        if file is self.__dict__.get("_own_file"):
            return True
        # A subclass that opens the connection makes the file itself: it reads from the same socket.
        return type(file) is io.BufferedReader and getattr(file.raw, "_sock", None) is self.sock

    #: How long the answer to one command may take, in seconds. The timeout of the connection is about silence alone.
    deadline = None
    _pace = None

    def _read_some(self):
        """Receives some bytes; none at the end of the stream."""
        pace = self._pace
        return self._receive_some(_BLOCK) if pace is None else pace.received(self._receive_some, _BLOCK)

    def _receive(self, size):
        pace = self._pace
        return self._receive_some(size) if pace is None else pace.received(self._receive_some, size)

    def _receive_into(self, room):
        """Receives some bytes into the room; returns how many, and 0 at the end of the stream."""
        pace = self._pace
        return self._receive_some_into(room) if pace is None else pace.received(self._receive_some_into, room)

    def _receive_some(self, size):
        return self.sock.recv(size)

    def _receive_some_into(self, room):
        return self.sock.recv_into(room)

    def _begin_answer(self):
        """The answer to a command begins to be waited for."""
        sock = self.sock
        timeout = None if sock is None else sock.gettimeout()
        self._pace = None if timeout is None and self.deadline is None else Pace(sock, timeout, self.deadline)

    def _sort(self):
        """Sorts what comes until a command completes, the server asks to continue, or it says BYE."""
        wire = self._wire
        limit = sys.modules[_COMPAT]._MAXLINE
        sort, tagged, untagged = wire.sort, self.tagged_commands, self.untagged_responses
        prefix = self.tagpre
        is_logged_in = self.state in _LOGGED_IN
        # Most answers come after the command: what is not there need not be sorted.
        stop = _UNKNOWN if wire.unread else _MORE
        try:
            while True:
                data = None
                if stop == _MORE:
                    data = self._read_some()
                    if not data:
                        raise self.abort("socket error: EOF")
                elif stop == _LITERAL:
                    wire.literal(self._large_literal(wire))
                stop = sort(data, tagged, untagged, prefix, limit, is_logged_in)
                if stop != _MORE and stop != _LITERAL:
                    break
        finally:
            for line in wire.recent_lines():
                self._log("< %r" % line)
        if stop == _TAGGED or stop == _BYE:
            return stop
        if stop == _CONTINUATION:
            self.continuation_response = wire.continuation
        else:
            self._refuse(stop, wire.line, limit)
        return stop

    def _large_literal(self, wire):
        """The whole of a literal of which much is missing. Its length is the server's word, and takes no memory."""
        total = wire.missing
        begun = wire.take_literal()
        total += len(begun)
        try:
            # The system has zeros that nobody has written: they become the value without a copy.
            literal = io.BytesIO(bytes(min(total, _ROOM)))
        except MemoryError:
            literal = io.BytesIO()
        literal.write(begun)
        length, receive_into = len(begun), self._receive_into
        while length < total:
            if length >= literal.seek(0, io.SEEK_END):
                literal.seek(min(_LARGE_BLOCK, total - length) - 1, io.SEEK_CUR)
                literal.write(b"\0")
            with literal.getbuffer() as room:
                while length < len(room):
                    with room[length:] as rest:
                        count = receive_into(rest)
                    if not count:
                        raise self.abort("socket error: EOF")
                    length += count
        return literal.getvalue()

    def _refuse(self, stop, line, limit):
        if stop == Stop.TOO_MUCH:
            raise self.abort("the server sends more than any command needs")
        if stop == Stop.TOO_LONG:
            raise self.error("got more than %d bytes" % limit)
        if stop == Stop.UNTERMINATED:
            raise self.abort("socket error: unterminated line: %r" % line)
        if stop == Stop.UNEXPECTED_TAG:
            raise self.abort("unexpected tagged response: %r" % line)
        if stop == Stop.BAD_LITERAL:
            raise self.abort("unexpected literal: %r" % line)
        raise self.abort("unexpected response: %r" % line)

    # ---- bytes and lines

    @own
    def read(self, size):
        """Read 'size' bytes from remote."""
        if not self._reads_from_socket():
            return self.file.read(size)
        wire = self._wire
        parts = [wire.take(size)]
        missing = size - len(parts[0])
        while missing > 0:
            data = self._receive(min(missing, _LARGE_BLOCK))
            if not data:
                break
            parts.append(data)
            missing -= len(data)
        return b"".join(parts)

    @own
    def readline(self):
        """Read line from remote."""
        limit = _module()._MAXLINE + 1
        if not self._reads_from_socket():
            line = self.file.readline(limit)
        else:
            wire = self._wire
            while (line := wire.take_line(limit)) is None:
                data = self._read_some()
                if not data:
                    line = wire.take(limit)
                    break
                wire.receive(data)
        if len(line) >= limit:
            raise self.error("got more than %d bytes" % (limit - 1))
        return line

    @own
    def _get_line(self):
        line = self.readline()
        if not line:
            raise self.abort("socket error: EOF")
        if line[-2:] != b"\r\n":
            raise self.abort("socket error: unterminated line: %r" % line)
        line = line[:-2]
        if __debug__:
            if self.debug >= 4:
                self._mesg("< %r" % line)
            else:
                self._log("< %r" % line)
        return line

    @own
    def _match(self, cre, s):
        self.mo = cre.match(s)
        if __debug__:
            if self.mo is not None and self.debug >= 5:
                self._mesg("\tmatched %r => %r" % (cre.pattern, self.mo.groups()))
        return self.mo is not None

    @own
    def _append_untagged(self, typ, dat):
        if dat is None:
            dat = b""
        responses = self.untagged_responses
        if __debug__:
            if self.debug >= 5:
                before = responses.get(typ)
                self._mesg("untagged_responses[%s] %s += [%r]" % (typ, len(before) if before else 0, dat))
        responses.setdefault(typ, []).append(dat)

    # ---- one response at a time

    def _one_response(self):
        """Reads a response, and returns its first line; None for a continuation request."""
        resp, empty = self._get_line(), 0
        while not resp:
            # Some servers send an empty line between responses.
            empty += 1
            if empty > _MOST_EMPTY_LINES:
                raise self.abort("the server sends more than any command needs")
            resp = self._get_line()
        if self._match(self.tagre, resp):
            tag = self.mo.group("tag")
            if tag not in self.tagged_commands:
                raise self.abort("unexpected tagged response: %r" % resp)
            typ, dat = self._kind(), self.mo.group("data")
            self.tagged_commands[tag] = (typ, [dat])
        elif self._match(_tables.Untagged_response, resp):
            typ, dat = self._kind(), self.mo.group("data") or b""
            dat = self._rest_of_response(resp, typ, dat)
        elif self._match(self.Untagged_status, resp):
            typ, dat = self._kind(), self.mo.group("data")
            if more := self.mo.group("data2"):
                dat += b" " + more
            if typ == "EXISTS" and len(dat) < 10:
                self._wire.note_exists(int(dat))
            dat = self._rest_of_response(resp, typ, dat)
        elif self._match(_tables.Continuation, resp):
            self.continuation_response = self.mo.group("data")
            return None
        else:
            raise self.abort("unexpected response: %r" % resp)
        if typ in ("OK", "NO", "BAD") and self._match(_tables.Response_code, dat):
            self._append_untagged(self._kind(), self.mo.group("data"))
        if __debug__:
            if self.debug >= 1 and typ in ("NO", "BAD", "BYE"):
                self._mesg("%s response: %r" % (typ, dat))
        return resp

    def _kind(self):
        return str(self.mo.group("type"), self._encoding)

    def _rest_of_response(self, line, typ, dat):
        """Reads the literals of a response with what is behind them, and collects all. Returns the last part."""
        rule, depth = LiteralRule(), 0
        while True:
            try:
                length = rule.announced(line)
            except ValueError:
                raise self.abort("unexpected literal: %r" % line) from None
            if length is None:
                break
            depth = paren_depth(dat, depth)
            literal = self.read(length)
            if len(literal) < length:
                raise self.abort("socket error: EOF")
            self._append_untagged(typ, (dat, literal))
            dat = line = self._get_line()
            while not line and depth > 0:
                # And between a literal and the rest of its list.
                dat = line = self._get_line()
        self._append_untagged(typ, dat)
        return dat

    if _tables.HAS_IDLE:

        @own
        def _get_response(self, start_timeout=False):
            """Reads a response, and returns its first line; None for a continuation request.

            While IDLE captures responses, that comes first in ``_idle_responses``. ``start_timeout``, in seconds, limits
            the wait for its first byte, and raises ``_responsetimeout``.
            """
            if start_timeout is not False:
                self._await_bytes(start_timeout)
            if not self._idle_capture:
                return self._one_response()
            return self._capture_response()

        def _capture_response(self):
            others, self.untagged_responses = self.untagged_responses, {}
            try:
                response = self._one_response()
                self._idle_responses += self.untagged_responses.items()
            finally:
                self.untagged_responses = others
            return response

        def _release_captured(self):
            """Moves what was captured and not iterated over to where it would be without IDLE."""
            for typ, data in self._idle_responses:
                self.untagged_responses.setdefault(typ, []).extend(data)
            self._idle_responses.clear()

        def _await_bytes(self, timeout):
            """Waits until a line is there; what came of it stays."""
            deadline = time.monotonic() + timeout
            if type(self).readline not in _own or "readline" in self.__dict__:
                if not select.select([self.sock], [], [], timeout)[0]:
                    raise self._responsetimeout
                return
            before = self.sock.gettimeout()
            try:
                while not self._wire.has_line:
                    # None would be no limit, and 0 not to wait at all.
                    self.sock.settimeout(max(deadline - time.monotonic(), 0.001))
                    data = self._read_some()
                    if not data:
                        # Reading reports the end.
                        return
                    self._wire.receive(data)
            except TimeoutError:
                raise self._responsetimeout from None
            finally:
                self.sock.settimeout(before)

    else:

        @own
        def _get_response(self):
            return self._one_response()

    @own
    def _get_tagged_response(self, tag, expect_bye=False):
        """Reads until the command of this tag completes, and returns how it did."""
        plain = self._is_plain()
        self._begin_answer()
        while True:
            result = self.tagged_commands[tag]
            if result is not None:
                del self.tagged_commands[tag]
                return result
            if expect_bye and (bye := self.untagged_responses.pop("BYE", None)) is not None:
                return "BYE", bye
            if "BYE" in self.untagged_responses:
                self._check_bye()
            try:
                if plain:
                    self._sort()
                else:
                    self._get_response()
            except self.abort:
                if __debug__:
                    if self.debug >= 1:
                        self.print_log()
                raise

    def _await_continuation(self, tag):
        """Reads until the server asks for the rest of the command. False if the command completed before that."""
        plain = self._is_plain()
        while True:
            if plain:
                if self._sort() == _CONTINUATION:
                    return True
            elif self._get_response() is None:
                return True
            if self.tagged_commands[tag]:
                return False

    # ---- what happened

    if __debug__:

        def _mesg(self, s, secs=None):
            if secs is None:
                secs = time.time()
            moment = time.strftime("%M:%S", time.localtime(secs))
            sys.stderr.write("  %s.%02d %s\n" % (moment, (secs * 100) % 100, s))
            sys.stderr.flush()

        def _dump_ur(self, untagged_resp_dict):
            if not untagged_resp_dict:
                return
            lines = ("%s: %r" % item for item in untagged_resp_dict.items())
            self._mesg("untagged responses dump:" + "\n\t\t".join(lines))

        def _log(self, line):
            self._cmd_log[self._cmd_log_idx] = (line, time.time())
            self._cmd_log_idx = (self._cmd_log_idx + 1) % self._cmd_log_len

        def print_log(self):
            self._mesg("last %d IMAP4 interactions:" % len(self._cmd_log))
            for step in range(self._cmd_log_len):
                place = (self._cmd_log_idx + step) % self._cmd_log_len
                if place in self._cmd_log:
                    self._mesg(*self._cmd_log[place])


def new_wire():
    return Wire()
