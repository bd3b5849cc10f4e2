"""Python's own imaplib, far from the server: ERRAND PORT TIMES."""
import imaplib
import sys
import time

errand, port, times = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
message = b"Subject: hello\r\nFrom: ann@example.org\r\n\r\n" + b"All work and no play.\r\n" * 85
client = imaplib.IMAP4("127.0.0.1", port)
client.login("demo", "demo")
client.select("INBOX")
done = 0
start = time.monotonic()
if errand == "status":
    _, names = client.list()
    for line in names:
        name = line.decode().split(' "/" ')[-1]
        kind, _ = client.status(name, "(MESSAGES UIDNEXT)")
        done += kind == "OK"
elif errand == "append":
    for _ in range(times):
        kind, _ = client.append("INBOX", None, None, message)
        done += kind == "OK"
else:
    for uid in range(1, times + 1):
        _, rows = client.uid("FETCH", str(uid), "(UID FLAGS)")
        done += len(rows)
print("wall", time.monotonic() - start)
if done != times:
    sys.exit(f"wrong: {done} of {times}")
