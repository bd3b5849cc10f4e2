"""Does with imaplib what a scenario asks for, in the way of its documentation."""

import imaplib
import ssl
import sys

host, port, ca, channel, action, login, user, password, token = sys.argv[1:]
context = ssl.create_default_context(cafile=ca)


def check(answer):
    """As a careful caller does: anything but OK is an error."""
    kind, data = answer
    if kind != "OK":
        raise SystemExit(f"{kind} {data!r}"[:2000])
    return data


def show(data):
    print(repr(data)[:200000])


if channel == "Tls":
    connection = imaplib.IMAP4_SSL(host, int(port), ssl_context=context, timeout=1)
else:
    connection = imaplib.IMAP4(host, int(port), timeout=1)
if channel == "StartTls":
    check(connection.starttls(context))
if action != "Connect" and connection.state != "AUTH":
    if login == "CramMd5":
        check(connection.login_cram_md5(user, password))
    elif login == "Plain":
        check(connection.authenticate("PLAIN", lambda _: f"\0{user}\0{password}".encode()))
    elif login == "OAuthBearer":
        first = f"n,a={user},\1auth=Bearer {token}\1\1".encode()
        check(connection.authenticate("OAUTHBEARER", lambda challenge: first if not challenge else b"\1"))
    elif login == "XOAuth2":
        first = f"user={user}\1auth=Bearer {token}\1\1".encode()
        check(connection.authenticate("XOAUTH2", lambda challenge: first if not challenge else b""))
    else:
        check(connection.login(user, password))
if action in ("List", "Backup"):
    show(check(connection.list()))
elif action == "Append":
    check(connection.append("INBOX", None, None, b"Subject: x\r\n\r\nmine\r\n"))
elif action not in ("Connect", "LogIn"):
    check(connection.select("INBOX"))
    if action == "Search":
        show(check(connection.uid("SEARCH", "ALL")))
    elif action == "Thread":
        show(check(connection.uid("THREAD", "REFERENCES", "UTF-8", "ALL")))
    elif action == "FetchFlags":
        show(check(connection.uid("FETCH", "1:*", "(FLAGS)")))
    elif action == "FetchEnvelopes":
        show(check(connection.uid("FETCH", "1:*", "(FLAGS INTERNALDATE RFC822.SIZE ENVELOPE)")))
    elif action == "Attachments":
        show(check(connection.uid("FETCH", "1", "(BODYSTRUCTURE)")))
    elif action == "Copy":
        show(check(connection.uid("COPY", "1", "Copies")))
    else:
        data = check(connection.uid("FETCH", "1", "(BODY.PEEK[])"))
        show(data[0] and data[0][1])
check((connection.logout()[0].replace("BYE", "OK"), None))
