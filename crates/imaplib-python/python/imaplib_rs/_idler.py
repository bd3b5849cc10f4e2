"""IDLE: what happens in the mailbox, as it happens."""

import time


class _responsetimeout(TimeoutError):
    """No response came within the time."""


class Idler:
    """Iterates over what the server reports while nothing else is sent. :meth:`IMAP4.idle` makes it.

    It is a context manager: IDLE begins with ``with``, and ends with it. Each item is ``(typ, [data, ...])``. What was not
    iterated over is found in ``untagged_responses`` afterwards.
    """

    def __init__(self, imap, duration=None):
        if "IDLE" not in imap.capabilities:
            raise imap.error("Server does not support IMAP4 IDLE")
        if duration is not None and not imap.sock:
            # A pipe has no timeout.
            raise imap.error("duration requires a socket connection")
        self._duration = duration
        self._deadline = None
        self._imap = imap
        self._tag = None
        self._saved_state = None

    def __enter__(self):
        imap = self._imap
        imap._idle_responses.clear()
        imap._idle_capture = True
        try:
            self._tag = imap._command("IDLE")
            while imap._get_response() is not None:
                if result := imap.tagged_commands[self._tag]:
                    typ, data = result
                    if typ == "NO":
                        raise imap.error(f"idle denied: {data}")
                    raise imap.abort(f"unexpected status response: {data}")
        except BaseException:
            imap._idle_capture = False
            imap._release_captured()
            raise
        self._saved_state, imap.state = imap.state, "IDLING"
        if self._duration is not None:
            self._deadline = time.monotonic() + self._duration
        return self

    def __exit__(self, exc_type, exc_val, exc_tb):
        imap = self._imap
        imap.state = self._saved_state
        imap._idle_capture = False
        imap._release_captured()
        try:
            imap.send(b"DONE\r\n")
            typ, data = imap._command_complete("IDLE", self._tag)
        except OSError as error:
            raise imap.abort("socket error: %s" % error) from error
        if typ != "OK":
            raise imap.error(f"idle failed: {data}")
        return False

    def __iter__(self):
        return self

    def __next__(self):
        left = None if self._deadline is None else self._deadline - time.monotonic()
        typ, data = self._pop(left)
        if not typ:
            raise StopIteration
        return typ, data

    def burst(self, interval=0.1):
        """Yields the next response, and those that come with less than ``interval`` seconds between them."""
        if not self._imap.sock:
            raise self._imap.error("burst() requires a socket connection")
        try:
            yield next(self)
        except StopIteration:
            return
        while response := self._pop(interval, None):
            yield response

    def _pop(self, timeout, default=("", None)):
        imap = self._imap
        if imap.state != "IDLING":
            raise imap.error("_pop() only works during IDLE")
        while not imap._idle_responses:
            try:
                if timeout is None:
                    imap._get_response()
                else:
                    imap._get_response(start_timeout=max(timeout, 0))
            except _responsetimeout:
                return default
        return imap._idle_responses.pop(0)
