# The types of the drop-in are those of the module that it stands for.
from imaplib import *

AllowedVersions: tuple[str, ...]
Commands: dict[str, tuple[str, ...]]
Debug: int
IMAP4_PORT: int
IMAP4_SSL_PORT: int
