"""A server that answers as a table states, for a client of any module that is like imaplib."""

import re
import socket
import threading


_clients = []


def close_all():
    """Closes the sockets of all clients."""
    while _clients:
        _clients.pop().close()


class Server(threading.Thread):
    """Answers each command by the table; `sent` is what the client sent.

    The table has the answer to each command by its name, in bytes; UID commands are named `UID FETCH`. `TAG` in it stands
    for the tag. An answer that is a list is sent in parts, one for each line or literal that the client sends.
    """

    def __init__(self, table, greeting=b"* OK ready\r\n"):
        super().__init__(daemon=True)
        self.table = {"CAPABILITY": b"* CAPABILITY IMAP4rev1 ENABLE IDLE UTF8=ACCEPT\r\nTAG OK done\r\n", **table}
        self.greeting = greeting
        self.sent = []
        self.client, self.end = socket.socketpair()
        _clients.append(self.client)
        self.start()

    def run(self):
        with self.end, self.end.makefile("rb") as lines:
            try:
                self.end.sendall(self.greeting)
                while line := lines.readline():
                    self.answer(line, lines)
            except OSError:
                pass
            finally:
                self.close()

    def close(self):
        """Ends the connection, also where the file still holds it."""
        try:
            self.end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def hang_up(self):
        """Ends the connection from the client's side, and waits until the server saw it."""
        try:
            self.client.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.client.close()
        self.join(10)
        assert not self.is_alive()

    def answer(self, line, lines):
        self.sent.append(line)
        tag, _, rest = line.rstrip().partition(b" ")
        words = rest.decode("utf-8", "replace").upper().split(" ")
        name = " ".join(words[:2]) if words[0] == "UID" else words[0]
        parts = self.table.get(name, b"TAG OK done\r\n")
        if isinstance(parts, bytes):
            parts = [parts]
            if re.search(rb"\{\d+\}\r\n$", line):
                parts = [b"+ go\r\n", *parts]
        for number, part in enumerate(parts):
            if number:
                size = re.search(rb"\{(\d+)\}\r\n$", self.sent[-1])
                self.sent.append((lines.read(int(size[1])) if size else b"") + lines.readline())
            self.end.sendall(part.replace(b"TAG", tag))
            if b"* BYE" in part or not part:
                return self.close()


def client(module, server, base="IMAP4", **methods):
    """A client of the module that is connected to the server; with methods that replace its own."""
    kind = type("Client", (getattr(module, base),), {"_create_socket": lambda self, timeout: server.client, **methods})
    return kind("localhost")
