"""A server on the loopback interface that answers with prepared bytes, so that a measurement is about the client alone.

    python replay.py SCENARIO

It prints its port, and serves one connection after the other until its standard input ends.
"""

import socket
import sys
import threading

# What each scenario's answer is made of: a count, and the row of each number.
COUNTS = {
    "flags": 200_000,
    "list": 40_000,
    "envelope": 20_000,
    "mail": 6_000,
    "search": 120_000,
    "literal": 1,
    "small": 1,
}

BLOCK = b"0123456789abcdef" * 65536
LITERAL_BLOCKS = 256

MESSAGE = (
    b"From: Ann Example <ann@example.org>\r\nTo: Bob Example <bob@example.org>\r\n"
    b"Subject: Minutes of the meeting\r\nDate: Mon, 7 Feb 1994 21:52:25 -0800\r\n\r\n"
) + b"A line of text as it stands in mail, of a usual length, more or less.\r\n" * 140


def row(scenario, number):
    if scenario == "flags":
        flags = (b"\\Seen", b"", b"\\Seen \\Answered", b"\\Flagged $Forwarded")[number % 4]
        return b"* %d FETCH (UID %d FLAGS (%b))\r\n" % (number, number + 1000, flags)
    if scenario == "list":
        return b'* LIST (\\HasNoChildren) "/" "Archive/Year/Folder %d"\r\n' % number
    if scenario == "envelope":
        address = b'(("Ann Example" NIL "ann.%d" "example.org"))' % number
        return (
            b'* %d FETCH (UID %d ENVELOPE ("Mon, 7 Feb 1994 21:52:25 -0800" "Minutes of the meeting %d" '
            % (number, number + 1000, number)
            + b"%b %b %b " % (address, address, address)
            + b'(("Bob Example" NIL "bob" "example.org")) NIL NIL NIL "<%d.message@example.org>"))\r\n' % number
        )
    if scenario == "mail":
        text = MESSAGE + b"%d\r\n" % number
        return b"* %d FETCH (UID %d BODY[] {%d}\r\n%b)\r\n" % (number, number + 1000, len(text), text)
    return b""


def answer(scenario):
    """The answer of a scenario in blocks, without its completion."""
    if scenario == "literal":
        head = b"* 1 FETCH (UID 1 BODY[] {%d}\r\n" % (len(BLOCK) * LITERAL_BLOCKS)
        return [head] + [BLOCK] * LITERAL_BLOCKS + [b")\r\n"]
    count = COUNTS[scenario]
    if scenario == "search":
        return [b"* SEARCH " + b" ".join(b"%d" % (number * 3) for number in range(1, count + 1)) + b"\r\n"]
    return [b"".join(row(scenario, number) for number in range(1, count + 1))]


# The commands that the prepared answer belongs to.
ANSWERED = (b"FETCH", b"LIST", b"SEARCH")


def serve(connection, blocks):
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with connection, connection.makefile("rb") as lines:
        connection.sendall(b"* OK [CAPABILITY IMAP4rev1 UIDPLUS] ready\r\n")
        for line in lines:
            tag, *words = line.split()
            name = words[1].upper() if words[0].upper() == b"UID" else words[0].upper()
            if name in ANSWERED:
                for block in blocks:
                    connection.sendall(block)
            elif name == b"CAPABILITY":
                connection.sendall(b"* CAPABILITY IMAP4rev1 UIDPLUS\r\n")
            elif name in (b"SELECT", b"EXAMINE"):
                connection.sendall(b"* 200000 EXISTS\r\n* OK [UIDVALIDITY 1] ok\r\n* OK [UIDNEXT 999999] ok\r\n")
            elif name == b"LOGOUT":
                connection.sendall(b"* BYE until next time\r\n")
            connection.sendall(tag + b" OK done\r\n")


def main():
    blocks = answer(sys.argv[1])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)

        def accept():
            while True:
                connection, _ = listener.accept()
                try:
                    serve(connection, blocks)
                except OSError:
                    pass

        threading.Thread(target=accept, daemon=True).start()
        sys.stdin.read()


if __name__ == "__main__":
    main()
