"""Python's own imaplib: OPERATION PORT CERTIFICATE EXPECTED OCTETS. It parses nothing; the texts are counted."""
import imaplib
import resource
import ssl
import sys
import time

operation, port, trust, expected = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
imaplib._MAXLINE = 1 << 30  # else it refuses long lines
ITEMS = {
    "flags": "(UID FLAGS)",
    "envelopes": "(UID ENVELOPE)",
    "structures": "(UID BODYSTRUCTURE)",
    "bodies": "(UID BODY.PEEK[])",
    "body": "(UID BODY.PEEK[])",
}


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if trust == "-":
    client = imaplib.IMAP4("127.0.0.1", port)
else:
    client = imaplib.IMAP4_SSL("localhost", port, ssl_context=ssl.create_default_context(cafile=trust))
client.login("demo", "demo")
client.select("INBOX")
start, before = time.monotonic(), cpu()
if operation == "nothing":
    count = expected
elif operation == "search":
    _, data = client.uid("SEARCH", "ALL")
    count = len([int(number) for number in data[0].split()])
elif operation == "list":
    _, data = client.list()
    count = len(data)
else:
    _, data = client.uid("FETCH", "1:*", ITEMS[operation])
    if operation in ("bodies", "body"):
        count = sum(len(item[1]) for item in data if isinstance(item, tuple))
    else:
        count = len(data)
print("cpu", cpu() - before)
print("wall", time.monotonic() - start)
if count != expected:
    sys.exit(f"wrong: {count} of {expected}")
