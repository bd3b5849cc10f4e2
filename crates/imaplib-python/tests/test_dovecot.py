"""Each command against Dovecot, in clear text, with STARTTLS and with TLS: as with the imaplib of the standard library.

After each call its result, the state and all untagged responses are compared.
"""

import copy
import imaplib as stock
import re
import unittest
import warnings

import dovecot
from imaplib_rs import compat

MESSAGE = b"From: a@example.org\nSubject: one\nDate: Mon, 7 Feb 1994 21:52:25 -0800\n\nText {5}\n"
LARGE = b"Subject: large\r\n\r\n" + b"0123456789" * 30000
DATE = '"07-Feb-1994 21:52:25 -0800"'

CALLS = [
    ("login", "alice", "secret"),
    ("capability",),
    ("noop",),
    ("namespace",),
    ("list",),
    ("list", '""', "%"),
    ("list", '""', '""'),
    ("lsub",),
    ("create", "one"),
    ("create", "one/two"),
    ("create", '"with space"'),
    ("create", '"odd {5}"'),
    ("create", "one"),
    ("list",),
    ("list", "one/", "*"),
    ("subscribe", "one"),
    ("subscribe", '"odd {5}"'),
    ("lsub",),
    ("unsubscribe", "one"),
    ("rename", "one/two", "three"),
    ("rename", "none", "four"),
    ("status", "INBOX", "(MESSAGES RECENT UIDNEXT UNSEEN)"),
    ("status", '"with space"', "(MESSAGES)"),
    ("status", "none", "(MESSAGES)"),
    ("append", "INBOX", None, DATE, MESSAGE),
    ("append", "INBOX", "\\Seen", DATE, MESSAGE),
    ("append", "INBOX", "(\\Flagged $Work)", DATE, LARGE),
    ("append", '"with space"', None, DATE, MESSAGE),
    ("append", "none", None, DATE, MESSAGE),
    ("fetch", "1", "(FLAGS)"),
    ("select", "none"),
    ("select", "INBOX"),
    ("response", "UIDNEXT"),
    ("response", "PERMANENTFLAGS"),
    ("recent",),
    ("search", None, "ALL"),
    ("search", None, "UNSEEN"),
    ("search", None, "SUBJECT", '"nothing"'),
    ("search", "UTF-8", "SUBJECT", '"one"'),
    ("search", "X-NONE", "SUBJECT", '"one"'),
    ("search", None, "NONSENSE"),
    ("sort", "(SIZE)", "UTF-8", "ALL"),
    ("thread", "REFERENCES", "UTF-8", "ALL"),
    ("uid", "SEARCH", "ALL"),
    ("uid", "SORT", "(REVERSE SIZE)", "UTF-8", "ALL"),
    ("uid", "THREAD", "ORDEREDSUBJECT", "UTF-8", "ALL"),
    ("fetch", "1:*", "(FLAGS UID RFC822.SIZE INTERNALDATE)"),
    ("fetch", "1", "(ENVELOPE BODYSTRUCTURE)"),
    ("fetch", "1:3", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)] BODY.PEEK[TEXT]<0.20>)"),
    ("fetch", "3", "(RFC822)"),
    ("fetch", "1:3", "(UID BODY.PEEK[] FLAGS)"),
    ("fetch", "1", "FAST"),
    ("fetch", "1", "(NONSENSE)"),
    ("fetch", "99", "(FLAGS)"),
    ("uid", "FETCH", "1:3", "(FLAGS)"),
    ("uid", "FETCH", "1", "(BODY.PEEK[])"),
    ("store", "1", "+FLAGS", "\\Answered"),
    ("store", "1:2", "FLAGS.SILENT", "(\\Seen)"),
    ("store", "1", "-FLAGS", "(\\Seen)"),
    ("uid", "STORE", "2", "+FLAGS", "(\\Deleted)"),
    ("copy", "1", "one"),
    ("copy", "1", "none"),
    ("uid", "COPY", "1", "one"),
    ("uid", "MOVE", "1", "one"),
    ("noop",),
    ("check",),
    ("expunge",),
    ("uid", "EXPUNGE", "1"),
    ("getacl", "one"),
    ("myrights", "one"),
    ("setacl", "one", "bob", "lr"),
    ("deleteacl", "one", "bob"),
    ("getquotaroot", "INBOX"),
    ("getquota", '"User quota"'),
    ("setquota", '"User quota"', "(STORAGE 10)"),
    ("xatom", "ID", "NIL"),
    ("enable", "CONDSTORE"),
    ("xatom", "NONSENSE"),
    ("close",),
    ("select", "one", True),
    ("store", "1", "+FLAGS", "\\Deleted"),
    ("expunge",),
    ("unselect",),
    ("select", "one"),
    ("xatom", "GETMETADATA", "one", "/private/comment"),
    ("unselect",),
    ("delete", "three"),
    ("delete", "none"),
    ("enable", "CONDSTORE"),
    ("logout",),
]


def comparable(value):
    """Without what differs from one run to the next: durations, and numbers made from the time."""
    text = re.sub(r"\(\d\.\d+ \+ [\d. +]+secs\)", "(time)", repr(value))
    text = re.sub(r"\b\d{10}\b", "TIME", text)
    # Of equal keys the order in a dictionary means nothing.
    return text


class Dovecot(dovecot.WithDovecot):
    def run_calls(self, module, way):
        self.empty()
        context = self.context()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if way == "TLS":
                client = module.IMAP4_SSL("localhost", self.ports[1], ssl_context=context)
            else:
                client = module.IMAP4("localhost", self.ports[0])
            if way == "STARTTLS":
                client.starttls(context)
        outcome = []
        for name, *arguments in CALLS:
            try:
                result = getattr(client, name)(*arguments)
            except Exception as error:
                result = type(error).__name__, str(error)
            outcome.append((name, comparable((result, client.state, copy.deepcopy(client.untagged_responses)))))
        return outcome

    def test_each_command(self):
        self.assertGreaterEqual(len(CALLS), 72)
        for way in ("plain", "STARTTLS", "TLS"):
            expected, ours = self.run_calls(stock, way), self.run_calls(compat, way)
            for call, theirs, own in zip(CALLS, expected, ours):
                with self.subTest(way=way, call=call[:3]):
                    self.assertEqual(own, theirs)
            refused = [outcome for outcome in ours if "('error'" in outcome[1]]
            self.assertLess(len(refused), 20, refused)


if __name__ == "__main__":
    unittest.main()
