"""How long the answer to a command may take."""

import time

# A response that has begun must come at this rate, in bytes a second, on the average: else a server that sends a byte now and then
# would never be silent for as long as the timeout.
LEAST_RATE = 1024


class Pace:
    """Watches the answer to one command.

    ``timeout`` is that of the socket, by which the server may be late; ``deadline`` is how long the whole answer may take. Both are
    in seconds, or None.
    """

    def __init__(self, sock, timeout, deadline):
        self._sock, self._timeout = sock, timeout
        self._credit = timeout
        self._begun = False
        self._ends = None if deadline is None else time.monotonic() + deadline

    def received(self, receive, argument):
        """Receives, and returns what came. TimeoutError if it comes too late."""
        asked = time.monotonic()
        if self._ends is not None:
            left = self._ends - asked
            if left <= 0:
                raise TimeoutError("the command was not answered within its deadline")
            self._sock.settimeout(left if self._timeout is None else min(left, self._timeout))
        try:
            came = receive(argument)
        finally:
            if self._ends is not None:
                self._sock.settimeout(self._timeout)
        if self._timeout is None:
            return came
        if self._begun:
            count = came if isinstance(came, int) else len(came)
            credit = self._credit - (time.monotonic() - asked) + count / LEAST_RATE
            if credit < 0:
                raise TimeoutError("the server sends too slowly")
            self._credit = min(credit, self._timeout)
        self._begun = True
        return came
