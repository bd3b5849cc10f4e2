"""The modern API against Dovecot: TLS, rows, bodies, flags, search, append, copy, move, IDLE, changes."""

import datetime
import io
import threading
import time
import tracemalloc
import unittest

import dovecot
import imaplib_rs
from imaplib_rs import Search, UidSet

LARGE = b"Subject: large\r\n\r\n" + b"0123456789abcdef\r\n" * 40000
WITH_ATTACHMENT = (
    "From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>\r\nTo: Ann Example <ann@example.org>, bob@example.org\r\n"
    "Subject: =?utf-8?b?w4RwZmVs?= und Birnen\r\nDate: Mon, 7 Feb 1994 21:52:25 -0800\r\nMessage-ID: <1@example.org>\r\n"
    'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
    "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello\r\n"
    "--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename*=utf-8''%C3%A4.pdf\r\n"
    "Content-Transfer-Encoding: base64\r\n\r\nSGVsbG8gUERG\r\n--b--\r\n"
).encode()


def message(number):
    return b"Subject: number %d\r\nFrom: ann@example.org\r\n\r\nText %d\r\n" % (number, number)


class Modern(dovecot.WithDovecot):
    def setUp(self):
        self.empty()

    def connect(self, scheme="imaps", user="alice", password="secret", **options):
        port = self.ports[1] if scheme == "imaps" else self.ports[0]
        options = {"ssl_context": self.context(), "timeout": 10, **options}
        return imaplib_rs.connect(f"{scheme}://localhost:{port}", user, password, **options)

    def fill(self, count, session):
        results = session.append_all("INBOX", [(message(number), (), None) for number in range(1, count + 1)])
        self.assertEqual([result.uid for result in results], list(range(1, count + 1)))

    def test_three_ways_to_connect(self):
        for scheme in ("imaps", "imap", "imap+insecure"):
            with self.subTest(scheme=scheme), self.connect(scheme) as session:
                self.assertIn("IMAP4rev1", session.capabilities)
                self.assertEqual(type(session.sock).__name__ == "SSLSocket", scheme != "imap+insecure")
                self.assertEqual(session.id(name="test")["name"], "Dovecot")
            self.assertFalse(session.is_usable)

    def test_certificates_are_verified_unless_the_caller_says_otherwise(self):
        for scheme in ("imaps", "imap"):
            with self.assertRaisesRegex(imaplib_rs.TlsFailed, "CERTIFICATE_VERIFY_FAILED|certificate verify failed"):
                self.connect(scheme, ssl_context=None)

    def test_a_wrong_password_and_a_missing_server(self):
        with self.assertRaises(imaplib_rs.AuthenticationFailed) as caught:
            self.connect(password="wrong")
        self.assertEqual(caught.exception.code, "AUTHENTICATIONFAILED")
        with self.assertRaises(imaplib_rs.Unreachable):
            imaplib_rs.connect(f"imaps://localhost:{dovecot.free_port()}", timeout=5)
        for address in ("localhost", "http://localhost", "imaps://a:b@localhost", "imaps://localhost:0", "imaps://"):
            with self.subTest(address=address), self.assertRaises(imaplib_rs.BadArgument):
                imaplib_rs.connect(address)

    def test_rows_are_typed(self):
        date = datetime.datetime(2026, 1, 31, 12, 30, 15, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))
        with self.connect() as session:
            appended = session.append("INBOX", WITH_ATTACHMENT, ["\\Seen", "$Work"], date)
            with session.select() as inbox:
                self.assertEqual((appended.uid, appended.uid_validity), (1, inbox.state.uid_validity))
                items = ("FLAGS", "ENVELOPE", "BODYSTRUCTURE", "INTERNALDATE", "RFC822.SIZE", "BODY.PEEK[1]")
                (row,) = inbox.rows("1:*", *items)
                self.assertEqual((row.uid, row.sequence_number, row.size), (1, 1, len(WITH_ATTACHMENT)))
                self.assertEqual(row.flags - {"\\Recent"}, {"\\Seen", "$Work"})
                self.assertEqual(row.internal_date, date)
                self.assertEqual(row.envelope.subject, "Äpfel und Birnen")
                self.assertEqual(row.envelope.message_id, "<1@example.org>")
                self.assertEqual([str(one) for one in row.envelope.from_], ["Jürgen <j@example.org>"])
                self.assertEqual([one.email for one in row.envelope.to], ["ann@example.org", "bob@example.org"])
                self.assertEqual(row.envelope.date.isoformat(), "1994-02-08T05:52:25+00:00")
                (part,) = row.structure.attachments()
                self.assertEqual((part.number, part.file_name, part.media_type), ("2", "ä.pdf", "application/pdf"))
                self.assertEqual([one.number for one in row.structure.parts()], ["1", "2"])
                self.assertEqual([one.number for one in row.structure.texts()], ["1"])
                self.assertEqual((row.body.name, row.body.read()), ("BODY[1]", b"Hello"))
                file = io.BytesIO()
                self.assertEqual(inbox.save(row.uid, part, file), len("Hello PDF"))
                self.assertEqual(file.getvalue(), b"Hello PDF")
                self.assertEqual(inbox.message(1), WITH_ATTACHMENT)
                with self.assertRaises(KeyError):
                    inbox.message(99)

    def test_large_texts_stream(self):
        with self.connect() as session:
            session.append("INBOX", LARGE)
            session.append("INBOX", io.BytesIO(LARGE + b"more"))
            with session.select() as inbox:
                whole = io.BytesIO()
                for row, size in zip(inbox.rows("1:*", "BODY.PEEK[]", "FLAGS"), (len(LARGE), len(LARGE) + 4)):
                    self.assertEqual(row.body.length, size)
                    chunks = list(row.body)
                    self.assertGreater(len(chunks), 2)
                    whole.write(b"".join(chunks))
                    with self.assertRaises(imaplib_rs.BadArgument):
                        row.body.read()
                self.assertEqual(whole.getvalue(), LARGE + LARGE + b"more")
                # A text that is not read, and one that is left in its middle.
                self.assertEqual([row.uid for row in inbox.rows("1:*", "BODY.PEEK[]")], [1, 2])
                rows = inbox.rows("1:*", "BODY.PEEK[]")
                next(iter(next(rows).body))
                row = next(rows)
                self.assertEqual(row.body.read(), LARGE + b"more")
                self.assertEqual(list(rows), [])
                # Two texts of one row.
                (row,) = rows = list(inbox.rows(1, "BODY.PEEK[]", "BODY.PEEK[TEXT]"))
                self.assertEqual([body.name for body in row.bodies()], ["BODY[]", "BODY[TEXT]"])
                for row in inbox.rows(1, "BODY.PEEK[]", "BODY.PEEK[TEXT]"):
                    sizes = [len(body.read()) for body in row.bodies()]
                self.assertEqual(sizes, [len(LARGE), len(LARGE) - len("Subject: large\r\n\r\n")])

    def test_the_memory_of_rows_is_constant(self):
        with self.connect() as session:
            session.append("INBOX", b"x" * (32 << 20))
            with session.select() as inbox:
                (row,) = inbox.rows(1, "RFC822.SIZE")
                tracemalloc.start()
                for row in inbox.rows(1, "BODY.PEEK[]"):
                    count = sum(len(chunk) for chunk in row.body)
                _, most = tracemalloc.get_traced_memory()
                tracemalloc.stop()
        self.assertGreaterEqual(count, 32 << 20)
        self.assertLess(most, 2 << 20)

    def test_other_calls_while_rows_come(self):
        with self.connect() as session:
            self.fill(1500, session)
            with session.select() as inbox:
                seen = []
                for row in inbox.rows("1:*", "FLAGS"):
                    seen.append(row.uid)
                    if row.uid % 500 == 1:
                        inbox.add_flags(row.uid, "\\Flagged")
                        self.assertEqual(inbox.message(row.uid), message(row.uid))
                self.assertEqual(seen, list(range(1, 1501)))
                self.assertEqual(list(inbox.search(flagged=True)), [1, 501, 1001])
                # A stream that is left, and one that goes on behind another.
                for row in inbox.rows():
                    break
                one, other = inbox.rows(), inbox.rows()
                self.assertEqual([(a.uid, b.uid) for a, b in zip(one, other)][-1], (1500, 1500))

    def test_flags_in_one_call(self):
        with self.connect() as session:
            self.fill(3, session)
            with session.select() as inbox:
                self.assertEqual(inbox.add_flags("1:2", "\\Seen", "$Work")[2] - {"\\Recent"}, {"\\Seen", "$Work"})
                inbox.remove_flags(2, "$Work")
                inbox.set_flags([3], "\\Answered")
                flags = {uid: sorted(one - {"\\Recent"}) for uid, one in inbox.flags().items()}
                self.assertEqual(flags, {1: ["$Work", "\\Seen"], 2: ["\\Seen"], 3: ["\\Answered"]})
                self.assertEqual(inbox.flags([]), {})
                with self.assertRaises(imaplib_rs.BadArgument):
                    inbox.add_flags(1, "not a flag")

    def test_search_by_keywords(self):
        old = datetime.datetime(2001, 2, 3, 4, 5, 6, tzinfo=datetime.timezone.utc)
        with self.connect() as session:
            session.append("INBOX", message(1), ["\\Seen"], old)
            session.append("INBOX", message(2))
            session.append("INBOX", WITH_ATTACHMENT)
            with session.select() as inbox:
                for expected, search, keywords in (
                    ([1, 2, 3], None, {}),
                    ([2, 3], None, {"unseen": True}),
                    ([1], None, {"seen": True, "from_": "ann"}),
                    ([1], None, {"before": datetime.date(2001, 2, 4)}),
                    ([2, 3], None, {"since": old + datetime.timedelta(days=1)}),
                    ([3], None, {"subject": "Äpfel"}),
                    ([1, 3], Search(seen=True) | Search(larger=300), {}),
                    ([2], ~Search(seen=True) & Search(smaller=300), {}),
                    ([2], "UNSEEN SMALLER 300", {}),
                    ([3], "UNSEEN", {"text": "PDF", "header": ("Message-ID", "")}),
                    ([1, 2], None, {"uids": "1:2"}),
                ):
                    with self.subTest(search=search, keywords=keywords):
                        self.assertEqual(list(inbox.search(search, **keywords)), expected)
                self.assertEqual(inbox.sort("-SIZE")[0], 3)
                self.assertEqual(inbox.sort(["SUBJECT", "-ARRIVAL"], seen=False), [3, 2])
                with self.assertRaises(TypeError):
                    inbox.search(nonsense=1)

    def test_append_copy_move_and_expunge(self):
        with self.connect() as session:
            self.fill(4, session)
            session.create("Archive.Ä & B")
            self.assertIn("Archive.Ä & B", [one.name for one in session.mailboxes()])
            with self.assertRaises(imaplib_rs.NoSuchMailbox):
                session.append("None", message(1))
            with self.assertRaises(imaplib_rs.AlreadyExists):
                session.create("Archive.Ä & B")
            with session.select() as inbox:
                copied = inbox.copy("1:2", "Archive.Ä & B")
                self.assertEqual((copied.source, copied.pairs()), (UidSet("1:2"), [(1, 1), (2, 2)]))
                moved = inbox.move([3], "Archive.Ä & B")
                self.assertEqual((moved.copied.pairs(), list(moved.stayed)), ([(3, 3)], []))
                self.assertEqual(len(inbox), 3)
                inbox.add_flags("1,4", "\\Deleted")
                inbox.expunge(4)
                self.assertEqual(list(inbox.search()), [1, 2])
                inbox.expunge()
                self.assertEqual(list(inbox.search()), [2])
            status = session.status("Archive.Ä & B")
            self.assertEqual((status.messages, status.uid_next), (3, 4))
            (listed,) = session.mailboxes("Archive.%", "MESSAGES")
            self.assertEqual((listed.status.messages, listed.delimiter, listed.is_selectable), (3, ".", True))
            session.rename("Archive.Ä & B", "Other")
            session.subscribe("Other")
            session.unsubscribe("Other")
            session.delete("Other")
            with session.select("New", create=True) as new:
                self.assertEqual((new.state.exists, new.state.is_read_only), (0, False))

    def test_a_mailbox_that_is_not_open_any_more(self):
        with self.connect() as session:
            self.fill(1, session)
            inbox = session.select(read_only=True)
            self.assertTrue(inbox.state.is_read_only)
            with self.assertRaises(imaplib_rs.ReadOnly):
                inbox.add_flags(1, "\\Seen")
            with session.select("INBOX"):
                with self.assertRaises(imaplib_rs.BadArgument):
                    inbox.search()

    def test_idle(self):
        with self.connect() as session, self.connect() as other:
            with session.select() as inbox:

                def add():
                    time.sleep(0.3)
                    other.append("INBOX", message(1))

                thread = threading.Thread(target=add)
                thread.start()
                kinds = []
                for event in inbox.idle(5):
                    kinds.append((event.kind, event.number))
                    if event.kind == "exists":
                        # Another call in between.
                        self.assertEqual(list(inbox.search()), [1])
                        break
                thread.join()
                self.assertIn(("exists", 1), kinds)
                started = time.monotonic()
                for event in inbox.idle(0.5):
                    pass
                self.assertLess(time.monotonic() - started, 3)
                self.assertEqual(len(inbox), 1)

    def test_changes(self):
        for for_changes in (False, True):
            self.empty()
            with self.subTest(for_changes=for_changes), self.connect() as session:
                self.fill(3, session)
                with session.select(for_changes=for_changes) as inbox:
                    first = inbox.changes()
                    self.assertEqual(sorted(first.new), [1, 2, 3])
                    self.assertFalse(inbox.changes(first.known))
                    inbox.add_flags(1, "\\Seen")
                    inbox.add_flags(2, "\\Deleted")
                    inbox.expunge()
                    session.append("INBOX", message(4))
                    changes = inbox.changes(first.known)
                    self.assertEqual(sorted(changes.new), [4])
                    self.assertEqual(list(changes.vanished), [2])
                    self.assertIn("\\Seen", changes.flags[1])
                    self.assertIsNone(changes.restarted)
                    with self.assertRaises(ValueError):
                        inbox.changes(b"nonsense")

    def test_watching_goes_on_over_lost_connections(self):
        sessions = []

        def connect():
            sessions.append(self.connect())
            return sessions[-1]

        with self.connect() as other:
            self.fill(1, other)
            found = []
            for event in imaplib_rs.watch(connect, {"INBOX": None}, timeout=10):
                if isinstance(event, imaplib_rs.Lost):
                    found.append("lost")
                    other.append("INBOX", message(3))
                    continue
                found.append(sorted(event.changes.new))
                if len(found) == 1:
                    other.append("INBOX", message(2))
                elif len(found) == 2:
                    sessions[-1].sock.shutdown(2)
                else:
                    break
            self.assertEqual(found, [[1], [2], "lost", [3]])
            self.assertEqual(len(sessions), 2)


if __name__ == "__main__":
    unittest.main()
