"""Changes an account at random, and compares an archive with it: python3 player.py play|compare PORT USER PASSWORD SEED|DIR

A reader and a writer that share nothing with this project: Python's imaplib and mailbox.
"""
import hashlib
import imaplib
import json
import mailbox
import os
import random
import re
import sys
import time

KEYWORDS = ["work", "$Junk", "later", "done"]
FLAGS = ["\\Seen", "\\Flagged", "\\Answered", "\\Draft"]


def connect(port, user, password):
    server = imaplib.IMAP4("127.0.0.1", int(port))
    server.login(user, password)
    return server


def must(answer):
    assert answer[0] == "OK", answer
    return answer[1]


def names(server):
    """The mailboxes that can be opened, with the delimiter."""
    found = {}
    for line in must(server.list('""', "*")):
        flags, delimiter, name = re.match(rb'\(([^)]*)\) "(.)" (.*)', line).groups()
        if b"noselect" not in flags.lower() and b"nonexistent" not in flags.lower():
            found[name.decode().strip('"')] = delimiter.decode()
    return found


def quoted(name):
    return f'"{name}"'


def uids(server, name):
    must(server.select(quoted(name)))
    return must(server.uid("SEARCH", "ALL"))[0].split()


class Player:
    def __init__(self, server, seed):
        self.server, self.random = server, random.Random(int(seed))
        self.delimiter = next(iter(names(server).values()))
        prefix = "INBOX" + self.delimiter if self.delimiter == "." else ""
        self.pool = [prefix + name for name in ["Work", "Lists", "Archive", "Trips", "Bills"]]
        self.new, self.changed = 0, set()

    def existing(self):
        return sorted(names(self.server))

    def some(self, name, most):
        found = uids(self.server, name)
        return self.random.sample(found, min(len(found), self.random.randint(1, most)))

    def append(self, name=None):
        name = name or self.random.choice(self.existing())
        for _ in range(self.random.randint(1, 6)):
            body = self.random.randbytes(self.random.randint(300, 9000)).hex()
            lines = "\r\n".join(body[at : at + 76] for at in range(0, len(body), 76))
            text = f"From: a@example.org\r\nSubject: {self.random.random()}\r\n\r\n{lines}\r\n".encode()
            flags = " ".join(self.random.sample(FLAGS + KEYWORDS, self.random.randint(0, 3)))
            moment = imaplib.Time2Internaldate(self.random.randint(1_000_000_000, 1_700_000_000))
            must(self.server.append(quoted(name), f"({flags})", moment, text))
            self.new += len(text)
        self.changed.add(name)

    def delete(self):
        name = self.random.choice(self.existing())
        for uid in self.some(name, 3):
            must(self.server.uid("STORE", uid, "+FLAGS.SILENT", "(\\Deleted)"))
        must(self.server.expunge())
        self.changed.add(name)

    def flag(self):
        name = self.random.choice(self.existing())
        for uid in self.some(name, 5):
            sign = self.random.choice("+-")
            must(self.server.uid("STORE", uid, sign + "FLAGS.SILENT", f"({self.random.choice(FLAGS + KEYWORDS)})"))
        self.changed.add(name)

    def move(self):
        existing = self.existing()
        name, to = self.random.choice(existing), self.random.choice(existing)
        found = self.some(name, 8)
        if found and name != to:
            command = self.random.choice(["COPY", "MOVE", "MOVE"])
            must(self.server.uid(command, b",".join(found).decode(), quoted(to)))
            self.changed |= {name, to}

    def make(self):
        missing = [name for name in self.pool if name not in self.existing()]
        if missing:
            name = self.random.choice(missing)
            must(self.server.create(quoted(name)))
            self.append(name)

    def rename(self):
        existing = [name for name in self.existing() if name in self.pool]
        missing = [name for name in self.pool if name not in existing]
        if existing and missing:
            must(self.server.select("INBOX"))  # not the one that goes
            name, to = self.random.choice(existing), self.random.choice(missing)
            must(self.server.rename(quoted(name), quoted(to)))
            self.changed |= {to}

    def remake(self):
        existing = [name for name in self.existing() if name in self.pool]
        if len(existing) > 2:
            name = self.random.choice(existing)
            must(self.server.select("INBOX"))  # not the one that goes
            must(self.server.delete(quoted(name)))
            if self.random.random() < 0.7:
                time.sleep(1.1)  # a UIDVALIDITY is a moment on some servers
                must(self.server.create(quoted(name)))
                self.append(name)

    def play(self):
        if not self.existing() or "INBOX" not in self.existing():
            self.append("INBOX")
        self.append("INBOX")
        actions = [self.append, self.delete, self.flag, self.flag, self.move, self.move, self.make, self.rename]
        for action in self.random.choices(actions, k=9) + [self.make, self.move]:
            action()
        if self.random.random() < 0.4:
            self.remake()
        changed = sum(len(uids(self.server, name)) for name in self.changed if name in self.existing())
        print(json.dumps({"new": self.new, "changed": changed}))


def on_server(server):
    """Each message of each mailbox, by its UID: hash, flags, date."""
    account = {}
    for name in names(server):
        must(server.select(quoted(name), readonly=True))
        messages = {}
        for row in must(server.uid("FETCH", "1:*", "(FLAGS INTERNALDATE BODY.PEEK[])")):
            if isinstance(row, tuple):
                head = row[0].decode()
                flags = re.search(r"FLAGS \(([^)]*)\)", head).group(1).split()
                uid = int(re.search(r"UID (\d+)", head).group(1))
                date = int(time.mktime(imaplib.Internaldate2tuple(row[0])))
                messages[uid] = (hashlib.sha256(row[1]).hexdigest(), sorted(set(flags) - {"\\Recent"}), date)
        account[name] = messages
    return account


LETTERS = {"D": "\\Draft", "F": "\\Flagged", "R": "\\Answered", "S": "\\Seen", "T": "\\Deleted"}


def in_archive(root):
    """The same of the live tree, and the bytes on the disk beside those of the contents."""
    account, files, contents = {}, {}, {}
    for folder, folders, _ in os.walk(root):
        if ".mailbox.json" in os.listdir(folder) and f"{os.sep}.gone" not in folder:
            with open(os.path.join(folder, ".mailbox.json")) as file:
                name = json.load(file)["name"]
            keywords = {}
            if os.path.exists(os.path.join(folder, "dovecot-keywords")):
                with open(os.path.join(folder, "dovecot-keywords")) as file:
                    keywords = {chr(97 + int(index)): word for index, word in (line.split() for line in file)}
            messages = {}
            for key in mailbox.Maildir(folder, create=False).keys():
                uid = int(re.search(r"\.V\d+U(\d+)\.", key).group(1))
                found = [file for file in os.listdir(folder + "/cur") if file.startswith(key + ":")]
                path = os.path.join(folder, "cur", found[0])
                letters = found[0].split(":2,")[1]
                flags = sorted(LETTERS.get(letter) or keywords[letter] for letter in letters)
                with open(path, "rb") as file:
                    messages[uid] = (hashlib.sha256(file.read()).hexdigest(), flags, int(os.stat(path).st_mtime))
            account[name] = messages
    for folder, _, found in os.walk(root):
        for file in found if folder.endswith("/cur") else []:
            path = os.path.join(folder, file)
            about = os.stat(path)
            files[about.st_ino] = about.st_size
            with open(path, "rb") as opened:
                contents[hashlib.sha256(opened.read()).hexdigest()] = about.st_size
    return account, sum(files.values()), sum(contents.values())


def compare(server, root):
    wanted, (found, stored, contents) = on_server(server), in_archive(root)
    for name in sorted(set(wanted) | set(found)):
        theirs, ours = wanted.get(name, {}), found.get(name, {})
        for uid in sorted(set(theirs) | set(ours)):
            assert theirs.get(uid) == ours.get(uid), f"{name} {uid}: {theirs.get(uid)} and {ours.get(uid)}"
    print(json.dumps({"stored": stored, "contents": contents, "messages": sum(map(len, wanted.values()))}))


if __name__ == "__main__":
    what, port, user, password, argument = sys.argv[1:]
    server = connect(port, user, password)
    if what == "play":
        Player(server, argument).play()
    else:
        compare(server, argument)
    server.logout()
