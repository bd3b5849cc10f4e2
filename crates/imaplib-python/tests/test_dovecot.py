"""Each command against Dovecot, in clear text, with STARTTLS and with TLS: as with the imaplib of the standard library.

After each call its result, the state and all untagged responses are compared.
"""

import copy
import imaplib as stock
import os
import re
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
import unittest
import warnings

from imaplib_rs import compat

DOVECOT = shutil.which("dovecot", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
mail_uid = {mail}
mail_gid = {mail_group}
mail_home = {folder}/home/%n
mail_location = maildir:~/Maildir
mail_plugins = acl quota
disable_plaintext_auth = no
auth_mechanisms = plain login cram-md5
ssl = yes
ssl_cert = <{folder}/server.pem
ssl_key = <{folder}/server.key
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%n {folder}/passwd
}}
userdb {{
  driver = static
  args = uid={mail} gid={mail_group} home={folder}/home/%n
}}
protocol imap {{
  mail_plugins = acl quota imap_acl imap_quota
}}
plugin {{
  acl = vfile
  quota = maildir:User quota
  quota_rule = *:storage=1G
}}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
"""

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


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def comparable(value):
    """Without what differs from one run to the next: durations, and numbers made from the time."""
    text = re.sub(r"\(\d\.\d+ \+ [\d. +]+secs\)", "(time)", repr(value))
    text = re.sub(r"\b\d{10}\b", "TIME", text)
    # Of equal keys the order in a dictionary means nothing.
    return text


@unittest.skipUnless(DOVECOT and hasattr(os, "geteuid") and os.geteuid() == 0, "*** NOT tested: Dovecot as root")
class Dovecot(unittest.TestCase):
    maxDiff = 4000

    @classmethod
    def setUpClass(cls):
        folder = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, folder)
        os.chmod(folder, 0o755)
        cls.folder = folder
        cls.ports = free_port(), free_port()
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
            + [
                "-keyout",
                f"{folder}/server.key",
                "-out",
                f"{folder}/server.pem",
                "-addext",
                "subjectAltName=DNS:localhost",
            ],
            check=True,
            capture_output=True,
        )
        with open(f"{folder}/passwd", "w") as passwd:
            passwd.write("alice:{PLAIN}secret::::::\n")
        os.mkdir(f"{folder}/home", 0o777)
        shutil.chown(f"{folder}/home", "mail", "mail")
        with open(f"{folder}/dovecot.conf", "w") as file:
            file.write(
                CONFIGURATION.format(
                    folder=folder,
                    user="nobody",
                    group="nogroup",
                    mail="mail",
                    mail_group="mail",
                    port=cls.ports[0],
                    tls_port=cls.ports[1],
                )
            )
        cls.process = subprocess.Popen([DOVECOT, "-F", "-c", f"{folder}/dovecot.conf"])
        cls.addClassCleanup(cls.process.wait)
        cls.addClassCleanup(cls.process.terminate)
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", cls.ports[0])).close()
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(open(f"{folder}/log").read())

    def run_calls(self, module, way):
        shutil.rmtree(f"{self.folder}/home/alice", ignore_errors=True)
        context = ssl.create_default_context(cafile=f"{self.folder}/server.pem")
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
