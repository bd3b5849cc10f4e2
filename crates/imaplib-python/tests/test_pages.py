"""The examples of the README run, and what docs/from-python.md names exists."""

import contextlib
import io
import os
import re
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import dovecot
import imaplib_rs
import test_modern

ROOT = Path(__file__).parents[3]
README = (ROOT / "crates/imaplib-python/README.md").read_text(encoding="utf-8")
TABLES = (ROOT / "docs/from-python.md").read_text(encoding="utf-8")


class Pages(dovecot.WithDovecot):
    def test_the_examples_of_the_readme(self):
        examples = re.findall(r"```python\n(.*?)```", README, re.S)
        self.assertEqual(len(examples), 4)
        for example in examples:
            self.empty()
            with self.subTest(example=example), tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
                address = f"imaps://localhost:{self.ports[1]}"
                with imaplib_rs.connect(address, "alice", "secret", ssl_context=self.context()) as session:
                    for name in ("Archive", "Drafts"):
                        session.create(name)
                    session.append_all("INBOX", [(test_modern.WITH_ATTACHMENT, (), None)] * 2)
                example = example.replace("imaps://imap.example.org", address)
                example = example.replace('"imap.example.org"', f'"localhost", {self.ports[1]}')
                example = example.replace('"user", "password"', '"alice", "secret"').replace("timeout=60", "timeout=0.2")
                # The authority of the test server.
                stack.enter_context(mock.patch.dict(os.environ, {"SSL_CERT_FILE": f"{self.folder}/server.pem"}))
                before = os.getcwd()
                os.chdir(folder)
                stack.callback(os.chdir, before)
                printed = stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
                exec(compile(example, "README.md", "exec"), {"__name__": "example"})
                self.assertTrue(printed.getvalue() or os.listdir(folder))


class Tables(unittest.TestCase):
    def test_what_the_table_names_exists(self):
        table = TABLES.split("## The modern API")[1].split("## Rust")[0]
        rows = [line.split(" | ", 1)[1] for line in table.splitlines() if line.startswith("| ")]
        self.assertGreater(len(rows), 18)
        count = 0
        for cell in rows:
            for owner, name in re.findall(r"\b(inbox|session|imaplib_rs|row)\.(\w+)", cell):
                value = {
                    "inbox": imaplib_rs.Mailbox,
                    "session": imaplib_rs.Session,
                    "row": imaplib_rs.Row,
                    "imaplib_rs": imaplib_rs,
                }[owner]
                count += 1
                if (owner, name) != ("imaplib_rs", "aio"):
                    self.assertTrue(hasattr(value, name), f"{owner}.{name}")
        self.assertGreater(count, 25)


if __name__ == "__main__":
    unittest.main()
