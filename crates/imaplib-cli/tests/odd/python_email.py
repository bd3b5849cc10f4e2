"""What Python's email package finds in messages: python3 python_email.py FILE...

One JSON object for each file: the subject, the moment of the date, the text and the attachments. Which part is one is
decided by the rule of the tool, so that what is compared is how each reads the message.
"""

import base64
import email
import email.policy
import json
import sys

READABLE = ("plain", "html", "enriched", "richtext", "markdown", "x-markdown")


def is_attachment(part):
    if part.get_content_maintype() != "text" or part.get_content_disposition() == "attachment":
        return True
    return bool(part.get_filename()) or part.get_content_subtype() not in READABLE


def leaves(part):
    """Each part that is not a multipart, those in forwarded messages too."""
    if part.get_content_maintype() == "multipart" and part.is_multipart():
        for child in part.iter_parts():
            yield from leaves(child)
        return
    yield part
    if part.is_multipart():
        for child in part.get_payload():
            yield from leaves(child)


def texts(part):
    """The parts that are the text, of alternatives the plain one."""
    if part.get_content_maintype() != "multipart":
        return [] if is_attachment(part) else [part]
    if not part.is_multipart():
        return [part]
    found = [texts(child) for child in part.iter_parts()]
    if part.get_content_subtype() == "alternative":
        plain = [group for group in found if any(text.get_content_subtype() == "plain" for text in group)]
        return (plain or [group for group in found if group][-1:] or [[]])[0]
    return [text for group in found for text in group]


def text_of(part):
    try:
        return part.get_content() if part.get_content_maintype() == "text" else part.get_payload()
    except (LookupError, UnicodeError, KeyError, ValueError) as error:
        return f"{type(error).__name__}"


def content(part):
    if part.is_multipart():
        policy = email.policy.default.clone(refold_source="none", linesep="\n")
        return b"\n".join(child.as_bytes(policy=policy) for child in part.get_payload())
    return part.get_payload(decode=True) or b""


def encoded(data):
    data = data.replace(b"\r\n", b"\n").rstrip(b"\n")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}


def moment(message):
    try:
        date = message["Date"].datetime if message["Date"] else None
        return int(date.timestamp()) if date else None
    except (AttributeError, TypeError, ValueError):
        return None


for path in sys.argv[1:]:
    with open(path, "rb") as file:
        message = email.message_from_binary_file(file, policy=email.policy.default)
    print(json.dumps({
        "subject": str(message["Subject"]),
        "date": moment(message),
        "text": "\n".join(text_of(part).replace("\r\n", "\n").rstrip("\n") for part in texts(message)),
        "attachments": [
            {"name": part.get_filename() or None, "content": encoded(content(part))}
            for part in leaves(message)
            if is_attachment(part)
        ],
    }))
