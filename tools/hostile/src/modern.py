"""Does with the modern API of the Python package what a scenario asks for, in the way of its documentation."""

import io
import ssl
import sys
import time

import imaplib_rs

host, port, ca, channel, action, login, user, password, token = sys.argv[1:]
scheme = {"Tls": "imaps", "StartTls": "imap"}.get(channel, "imap+insecure")


def show(data):
    print(repr(data)[:200000])


session = imaplib_rs.connect(
    f"{scheme}://{host}:{port}", ssl_context=ssl.create_default_context(cafile=ca), timeout=1
)
if action != "Connect" and not session.is_logged_in:
    mechanisms = {
        "CramMd5": ("CRAM-MD5", password),
        "Plain": ("PLAIN", password),
        "OAuthBearer": ("OAUTHBEARER", token),
        "XOAuth2": ("XOAUTH2", token),
        "Scram": ("SCRAM-SHA-256", password),
    }
    if login in mechanisms:
        mechanism, secret = mechanisms[login]
        session.authenticate(mechanism, user, secret)
    elif login == "Command":
        session.login_command(user, password)
    else:
        session.login(user, password)
if action in ("List", "Backup"):
    show([(listed.name, listed.attributes) for listed in session.mailboxes()])
elif action == "Append":
    session.append("INBOX", b"Subject: x\r\n\r\nmine\r\n")
elif action not in ("Connect", "LogIn"):
    inbox = session.select("INBOX")
    if action == "Search":
        show(str(inbox.search()))
    elif action == "FetchFlags":
        for row in inbox.rows("1:*", "FLAGS"):
            show((row.uid, row.flags))
    elif action == "FetchEnvelopes":
        for row in inbox.rows("1:*", "FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"):
            show((row.uid, row.flags, row.internal_date, row.size, row.envelope and row.envelope.subject))
    elif action == "Attachments":
        for row in inbox.rows(1, "BODYSTRUCTURE"):
            parts = row.structure.attachments() if row.structure else []
            show([(part.number, part.file_name, part.size) for part in parts])
    elif action == "Copy":
        copied = inbox.copy(1, "Copies")
        show(copied and copied.pairs())
    elif action == "Remove":
        inbox.add_flags(1, "\\Deleted")
        inbox.expunge(1)
    elif action == "Idle":
        end = time.monotonic() + 1
        for event in inbox.idle(1):
            show(event)
            if time.monotonic() > end:
                break
    else:
        file = io.BytesIO()
        inbox.save(1, None, file)
        show(file.getvalue())
session.logout()
