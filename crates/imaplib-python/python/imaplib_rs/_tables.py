"""Constants of the module, and what differs between the versions of Python."""

import re
import sys

_version = sys.version_info[:3]

# What the standard library of this Python has.
HAS_IDLE = _version >= (3, 14)
# Arguments are quoted and checked, and capabilities asked for again after login.
QUOTES = _version >= (3, 15) or (3, 14, 7) <= _version < (3, 15) or (3, 13, 15) <= _version < (3, 14)
HAS_CERTFILE = _version < (3, 12)
# ``file`` is a plain attribute; later a property, read only in 3.14.
PLAIN_FILE = _version < (3, 14)
FILE_CAN_BE_SET = _version >= (3, 15)

CRLF = b"\r\n"
IMAP4_PORT = 143
IMAP4_SSL_PORT = 993
AllowedVersions = ("IMAP4REV1", "IMAP4")

_anywhere = ("NONAUTH", "AUTH", "SELECTED", "LOGOUT")
_before = ("NONAUTH",)
_after = ("AUTH", "SELECTED")
_open = ("SELECTED",)

# In which states each command is allowed.
Commands = {
    "APPEND": _after,
    "AUTHENTICATE": _before,
    "CAPABILITY": _anywhere,
    "CHECK": _open,
    "CLOSE": _open,
    "COPY": _open,
    "CREATE": _after,
    "DELETE": _after,
    "DELETEACL": _after,
    "ENABLE": ("AUTH",),
    "EXAMINE": _after,
    "EXPUNGE": _open,
    "FETCH": _open,
    "GETACL": _after,
    "GETANNOTATION": _after,
    "GETQUOTA": _after,
    "GETQUOTAROOT": _after,
    "MYRIGHTS": _after,
    "LIST": _after,
    "LOGIN": _before,
    "LOGOUT": _anywhere,
    "LSUB": _after,
    "MOVE": _open,
    "NAMESPACE": _after,
    "NOOP": _anywhere,
    "PARTIAL": _open,
    "PROXYAUTH": ("AUTH",),
    "RENAME": _after,
    "SEARCH": _open,
    "SELECT": _after,
    "SETACL": _after,
    "SETANNOTATION": _after,
    "SETQUOTA": _after,
    "SORT": _open,
    "STARTTLS": _before,
    "STATUS": _after,
    "STORE": _open,
    "SUBSCRIBE": _after,
    "THREAD": _open,
    "UID": _open,
    "UNSUBSCRIBE": _after,
    "UNSELECT": _open,
}
if HAS_IDLE:
    Commands["IDLE"] = _after

# The forms of responses. The Rust side reads them without these; they serve programs that use them, and the loop that
# runs in Python where a method was replaced.
_Literal = rb".*{(?P<size>\d+)}$"
_Untagged_status = rb"\* (?P<data>\d+) (?P<type>[A-Z-]+)( (?P<data2>.*))?"
Continuation = re.compile(rb"\+( (?P<data>.*))?")
Flags = re.compile(rb".*FLAGS \((?P<flags>[^\)]*)\)")
InternalDate = re.compile(
    rb'.*INTERNALDATE "'
    rb"(?P<day>[ 0123][0-9])-(?P<mon>[A-Z][a-z][a-z])-(?P<year>[0-9][0-9][0-9][0-9])"
    rb" (?P<hour>[0-9][0-9]):(?P<min>[0-9][0-9]):(?P<sec>[0-9][0-9])"
    rb" (?P<zonen>[-+])(?P<zoneh>[0-9][0-9])(?P<zonem>[0-9][0-9])"
    rb'"'
)
Literal = re.compile(_Literal, re.ASCII)
MapCRLF = re.compile(rb"\r\n|\r|\n")
Response_code = re.compile(rb"\[(?P<type>[A-Z-]+)( (?P<data>.*))?\]")
Untagged_response = re.compile(rb"\* (?P<type>[A-Z-]+)( (?P<data>.*))?")
Untagged_status = re.compile(_Untagged_status, re.ASCII)

_control_chars = re.compile(rb"[\x00\r\n]")
_non_astring_char = re.compile(rb'[(){ \x00-\x1f\x7f-\xff%*\\"]')
_non_list_char = re.compile(rb'[(){ \x00-\x1f\x7f-\xff\\"]')
_quoted = re.compile(rb'"(?:[^"\\]|\\.)*"')
