"""What one would write with Python's own imaplib: every message that is not there yet, one after the other.
PORT FOLDER. Nothing is made durable."""
import imaplib
import os
import sys

port, folder = int(sys.argv[1]), sys.argv[2]
temporary, current = os.path.join(folder, "tmp"), os.path.join(folder, "cur")
os.makedirs(temporary, exist_ok=True)
os.makedirs(current, exist_ok=True)
imaplib._MAXLINE = 1 << 30
client = imaplib.IMAP4("127.0.0.1", port)
client.login("alice", "secret")
client.select("INBOX", readonly=True)
_, data = client.uid("SEARCH", "ALL")
there = set(os.listdir(current))
for uid in data[0].decode().split():
    name = f"{uid}.eml"
    if name in there:
        continue
    _, rows = client.uid("FETCH", uid, "(FLAGS INTERNALDATE BODY.PEEK[])")
    path = os.path.join(temporary, name)
    with open(path, "wb") as file:
        file.write(rows[0][1])
    os.rename(path, os.path.join(current, name))
client.logout()
