#!/usr/bin/env python3
"""Backs up one account by several programs, in turns, behind a delay, and prints what each needed (docs/compare.md).

  cargo run -p realservers --example serve -- dovecot          # in another terminal; prints the port
  tools/bench/compare.py PORT --imap target/release/imap [--mailboxes 200] [--messages 5] [--delay 50] [--rounds 3] [--tools imap,mbsync]

Needed beside Python: mbsync (isync) and offlineimap (offlineimap3); what is missing is named and left out.
The account alice must be empty or as this program made it.
"""
import argparse
import asyncio
import imaplib
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

PASSWORD = "secret"


class Way:
    """Passes connections on; each block of bytes arrives half a round trip later, and those from the server are counted."""

    def __init__(self, server, delay):
        self.server, self.delay, self.received, self.port = server, delay / 2000, 0, None
        ready = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self.serve(ready)), daemon=True).start()
        ready.wait()

    async def serve(self, ready):
        listener = await asyncio.start_server(self.connect, "127.0.0.1", 0)
        self.port = listener.sockets[0].getsockname()[1]
        ready.set()
        await listener.serve_forever()

    async def connect(self, reader, writer):
        from_server, to_server = await asyncio.open_connection("127.0.0.1", self.server)
        await asyncio.gather(self.carry(reader, to_server, False), self.carry(from_server, writer, True))

    async def carry(self, reader, writer, counts):
        queue = asyncio.Queue()

        async def deliver():
            while block := await queue.get():
                moment, data = block
                await asyncio.sleep(max(0, moment - time.monotonic()))
                writer.write(data)
                await writer.drain()
            writer.close()

        task = asyncio.create_task(deliver())
        try:
            while data := await reader.read(1 << 16):
                self.received += len(data) if counts else 0
                queue.put_nowait((time.monotonic() + self.delay, data))
        except ConnectionError:
            pass
        queue.put_nowait(None)
        await asyncio.gather(task, return_exceptions=True)


def fill(port, mailboxes, messages):
    server = imaplib.IMAP4("127.0.0.1", port)
    server.login("alice", PASSWORD)
    have = {line.decode().rsplit(" ", 1)[1].strip('"') for line in server.list()[1]}
    random.seed(1)
    for number in range(mailboxes):
        name = f"box{number:04}"
        if name in have:
            continue
        server.create(name)
        for at in range(messages):
            body = random.randbytes(random.randint(400, 3000)).hex()
            text = f"From: a@example.org\r\nSubject: {name} {at}\r\nMessage-ID: <{name}.{at}@example.org>\r\n\r\n"
            lines = "\r\n".join(body[i : i + 76] for i in range(0, len(body), 76))
            server.append(name, "(\\Seen)", imaplib.Time2Internaldate(1_700_000_000 + at), (text + lines + "\r\n").encode())
    server.logout()


def write(path, text):
    with open(path, "w") as file:
        file.write(text)
    os.chmod(path, 0o600)
    return path


def imap(arguments, port, folder):
    url = f"imap+insecure://alice@127.0.0.1:{port}"
    return [arguments.imap, "backup", url, f"{folder}/mail", "--quiet"], {"IMAP_PASSWORD": PASSWORD}


def imap_mirror(arguments, port, folder):
    command, environment = imap(arguments, port, folder)
    return command + ["--mirror"], environment


def mbsync(arguments, port, folder):
    os.makedirs(f"{folder}/mail", exist_ok=True)
    text = f"""IMAPAccount a\nHost 127.0.0.1\nPort {port}\nUser alice\nPass {PASSWORD}\nSSLType None\nAuthMechs LOGIN

IMAPStore far\nAccount a\n\nMaildirStore near\nPath {folder}/mail/\nInbox {folder}/mail/INBOX\nSubFolders Verbatim

Channel c\nFar :far:\nNear :near:\nPatterns *\nCreate Near\nExpunge Near\nSync Pull\nSyncState *\nCopyArrivalDate yes\n"""
    return ["mbsync", "-q", "-c", write(f"{folder}/mbsyncrc", text), "-a"], {}


def offlineimap(arguments, port, folder):
    text = f"""[general]\naccounts = a\nmetadata = {folder}/meta\nui = quiet\n[Account a]\nlocalrepository = l\nremoterepository = r
[Repository l]\ntype = Maildir\nlocalfolders = {folder}/mail\n[Repository r]\ntype = IMAP\nremotehost = 127.0.0.1\nremoteport = {port}
ssl = no\nstarttls = no\nauth_mechanisms = LOGIN\nremoteuser = alice\nremotepass = {PASSWORD}\nreadonly = yes\nmaxconnections = 3\n"""
    return ["offlineimap", "-o", "-c", write(f"{folder}/offlineimaprc", text)], {}


TOOLS = {"imap": imap, "imap --mirror": imap_mirror, "mbsync": mbsync, "offlineimap": offlineimap}


def run(tool, arguments, way, folder):
    command, environment = TOOLS[tool](arguments, way.port, folder)
    before, begun = way.received, time.monotonic()
    with open(f"{folder}/log", "ab") as log:
        child = subprocess.Popen(command, env=os.environ | {"HOME": folder} | environment, stdout=log, stderr=log)
        _, status, usage = os.wait4(child.pid, 0)
    wall = time.monotonic() - begun
    if status != 0:
        with open(f"{folder}/log") as log:
            sys.exit(f"{tool} failed ({status}): {log.read()[-2000:]}")
    return wall, usage.ru_utime + usage.ru_stime, (way.received - before) / 1e6, usage.ru_maxrss / 1000


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("--imap", default="target/release/imap")
    parser.add_argument("--tools", default=",".join(TOOLS))
    for name, value in [("mailboxes", 200), ("messages", 5), ("delay", 50), ("rounds", 3)]:
        parser.add_argument(f"--{name}", type=int, default=value)
    arguments = parser.parse_args()
    fill(arguments.port, arguments.mailboxes, arguments.messages)
    way = Way(arguments.port, arguments.delay)
    figures = {}
    for _ in range(arguments.rounds):
        for tool in arguments.tools.split(","):
            if tool.startswith("imap") or shutil.which(tool):
                with tempfile.TemporaryDirectory() as folder:
                    for what in ["first", "again"]:
                        figures.setdefault((tool, what), []).append(run(tool, arguments, way, folder))
            else:
                print(f"{tool} is not there", file=sys.stderr)
    print(f"load {os.getloadavg()[0]:.1f}")
    print("| program | run | time | processor | received | memory |\n|---|---|--:|--:|--:|--:|")
    for (tool, what), rounds in figures.items():
        wall, cpu, received, memory = (statistics.median(column) for column in zip(*rounds))
        print(f"| {tool} | {what} | {wall:.2f} s | {cpu:.2f} s | {received:.2f} MB | {memory:.0f} MB |")


main()
