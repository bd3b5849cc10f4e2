"""A drop-in for ``imaplib``.

The names, signatures, results and errors are those of the ``imaplib`` of the Python that runs. Responses are read in Rust.
"""

# Some are here because programs reach for them.
import binascii  # noqa: F401
import calendar  # noqa: F401
import errno
import random
import re
import socket
import subprocess
import sys
import time  # noqa: F401
from datetime import datetime, timedelta, timezone  # noqa: F401
from io import DEFAULT_BUFFER_SIZE

try:
    import ssl

    HAVE_SSL = True
except ImportError:
    HAVE_SSL = False

from . import _tables
from ._arguments import Arguments
from ._commands import CommandMethods, _Authenticator
from ._helpers import Int2AP, Internaldate2tuple, Mon2num, Months, ParseFlags, Time2Internaldate
from ._native import paren_depth as _native_depth
from ._responses import Responses, new_wire, own
from ._sending import Sending
from ._tables import (
    CRLF,
    IMAP4_PORT,
    IMAP4_SSL_PORT,
    AllowedVersions,
    Commands,
    Continuation,
    Flags,
    InternalDate,
    Literal,
    MapCRLF,
    Response_code,
    Untagged_response,
    Untagged_status,
    _Literal,
    _Untagged_status,
)

__all__ = [
    "IMAP4",
    "IMAP4_stream",
    "Internaldate2tuple",
    "Int2AP",
    "ParseFlags",
    "Time2Internaldate",
]

Debug = 0

# The longest line that is accepted, in bytes, with its end. Lists of message numbers can be longer.
_MAXLINE = 1000000

if _tables.PLAIN_FILE:
    # How much of a literal was read at a time; nothing depends on it here.
    _SAFE_BUF_SIZE = 1 << 20

if _tables.QUOTES:
    from ._tables import _control_chars, _non_astring_char, _non_list_char, _quoted

    def _paren_depth(data, depth=0):
        """How many lists are open behind ``data``, if ``depth`` are open before it."""
        return _native_depth(data, depth)


if not _tables.FILE_CAN_BE_SET:
    __version__ = "2.60" if _tables.HAS_IDLE else "2.58"


class IMAP4(CommandMethods, Sending, Responses, Arguments):
    """An IMAP4 connection.

    ``IMAP4([host[, port[, timeout]]])`` connects. Each command is a method, which returns ``(typ, [data, ...])``: ``typ`` is
    'OK' or 'NO', and the data are bytes, or tuples of a line and the literal that it announced. Arguments are strings or
    bytes.
    """

    class error(Exception):
        """A command failed, or could not be sent in this state."""

    class abort(error):
        """The connection cannot be used any more."""

    class readonly(abort):
        """The mailbox became read-only."""

    def __init__(self, host="", port=IMAP4_PORT, timeout=None):
        self.debug = Debug
        self.state = "LOGOUT"
        self.literal = None
        self.tagged_commands = {}
        self.untagged_responses = {}
        self.continuation_response = ""
        self.is_readonly = False
        self.tagnum = 0
        self._tls_established = False
        self._mode_ascii()
        self._wire = new_wire()
        if _tables.HAS_IDLE:
            self._idle_responses = []
            self._idle_capture = False
        if __debug__:
            self._cmd_log_len = 10
            self._cmd_log_idx = 0
            self._cmd_log = {}
        self.open(host, port, timeout)
        try:
            self._connect()
        except Exception:
            try:
                self.shutdown()
            except OSError:
                pass
            raise

    def __getattr__(self, attr):
        # Upper-case names of commands.
        if attr in Commands:
            return getattr(self, attr.lower())
        if attr == "_wire":
            self._wire = wire = new_wire()
            return wire
        raise AttributeError("Unknown IMAP4 command: '%s'" % attr)

    def __enter__(self):
        return self

    def __exit__(self, *args):
        if self.state == "LOGOUT":
            return
        try:
            self.logout()
        except OSError:
            pass

    # ---- the connection

    def _mode_ascii(self):
        self.utf8_enabled = False
        self._encoding = "ascii"
        self.Literal = Literal
        self.Untagged_status = Untagged_status

    def _mode_utf8(self):
        self.utf8_enabled = True
        self._encoding = "utf-8"
        self.Literal = re.compile(_Literal)
        self.Untagged_status = re.compile(_Untagged_status)

    def _connect(self):
        """Reads the greeting and asks for the capabilities."""
        self.tagpre = Int2AP(random.randint(4096, 65535))
        self.tagre = re.compile(rb"(?P<tag>" + self.tagpre + rb"\d+) (?P<type>[A-Z]+) (?P<data>.*)", re.ASCII)
        if __debug__:
            if self.debug >= 1:
                self._mesg("imaplib_rs")
                self._mesg("new IMAP4 connection, tag=%r" % self.tagpre)
        self._begin_answer()
        self.welcome = self._get_response()
        if "PREAUTH" in self.untagged_responses:
            self.state = "AUTH"
        elif "OK" in self.untagged_responses:
            self.state = "NONAUTH"
        else:
            raise self.error(self._refused_greeting())
        if _tables.QUOTES:
            self._refresh_capabilities(consume=True)
        else:
            self._get_capabilities()
        if __debug__:
            if self.debug >= 3:
                self._mesg("CAPABILITIES: %r" % (self.capabilities,))
        for version in AllowedVersions:
            if version in self.capabilities:
                self.PROTOCOL_VERSION = version
                return
        raise self.error("server not IMAP4 compliant")

    def _refused_greeting(self):
        if not _tables.QUOTES:
            return self.welcome
        # Of a continuation request only the match has the whole line.
        greeting = self.mo.string if self.welcome is None else self.welcome
        return "invalid greeting: " + str(greeting, "utf-8", "replace")

    def _create_socket(self, timeout):
        if timeout is not None and not timeout:
            raise ValueError("Non-blocking socket (timeout=0) is not supported")
        host = self.host or None
        sys.audit("imaplib.open", self, self.host, self.port)
        address = (host, self.port)
        if timeout is None:
            return socket.create_connection(address)
        return socket.create_connection(address, timeout)

    def open(self, host="", port=IMAP4_PORT, timeout=None):
        """Connects to "host:port". Subclasses can connect in another way."""
        self.host = host
        self.port = port
        self.sock = self._create_socket(timeout)
        self._wire.clear()
        self._make_file()

    def _make_file(self):
        """Makes the file object that older programs look for."""
        made = self.sock.makefile("rb")
        if _tables.PLAIN_FILE:
            self.file = self._own_file = made
        else:
            setattr(self, _FILE, made)

    if not _tables.PLAIN_FILE:

        @property
        def file(self):
            """The file over the socket; programs should not use it."""
            _warn_of_file()
            return getattr(self, _FILE)

    if _tables.FILE_CAN_BE_SET:

        @file.setter
        def file(self, value):
            _warn_of_file()
            self._imaplib_file = value

        def _close_imaplib_file(self):
            made = getattr(self, _FILE, None)
            if made is not None:
                try:
                    made.close()
                except OSError:
                    pass

    def send(self, data):
        """Sends bytes."""
        sys.audit("imaplib.send", self, data)
        self.sock.sendall(data)

    def shutdown(self):
        """Closes what :meth:`open` opened."""
        made = self.__dict__.get("file" if _tables.PLAIN_FILE else _FILE)
        if made is not None:
            made.close()
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError as error:
            # The server may have closed the connection before; Windows reports that it is not valid (10022).
            if error.errno != errno.ENOTCONN and getattr(error, "winerror", 0) != 10022:
                raise
        finally:
            self.sock.close()

    def socket(self):
        """The socket."""
        return self.sock

    if _tables.HAS_IDLE:

        def idle(self, duration=None):
            """Waits for what happens in the mailbox: a context manager and iterator, for ``duration`` seconds or for ever."""
            return Idler(self, duration)

    def starttls(self, ssl_context=None):
        """Begins TLS."""
        if not HAVE_SSL:
            raise self.error("SSL support missing")
        if self._tls_established:
            raise self.abort("TLS session already established")
        if "STARTTLS" not in self.capabilities:
            raise self.abort("TLS not supported by server")
        if ssl_context is None:
            ssl_context = ssl._create_stdlib_context()
        typ, dat = self._simple_command("STARTTLS")
        if typ != "OK":
            raise self.error("Couldn't establish TLS session")
        if self._wire.unread:
            # Somebody may have put it there.
            raise self.abort("the server sent %d bytes behind its answer to STARTTLS" % self._wire.unread)
        self.untagged_responses.clear()
        self.sock = ssl_context.wrap_socket(self.sock, server_hostname=self.host)
        self._make_file()
        self._tls_established = True
        self._get_capabilities()
        return self._untagged_response(typ, dat, "STARTTLS")


_FILE = "_imaplib_file" if _tables.FILE_CAN_BE_SET else "_file"


def _warn_of_file():
    import warnings

    if _tables.FILE_CAN_BE_SET:
        warnings.warn(
            "IMAP4.file is deprecated and slated for removal in Python 3.19; it is no longer used internally",
            DeprecationWarning,
            stacklevel=3,
        )
    else:
        warnings.warn("IMAP4.file is unsupported, can cause errors, and may be removed.", RuntimeWarning, stacklevel=3)


if _tables.HAS_IDLE:
    from ._idler import Idler, _responsetimeout

    IMAP4._responsetimeout = _responsetimeout

if HAVE_SSL:

    class IMAP4_SSL(IMAP4):
        """An IMAP4 connection over TLS.

        Without a context the certificate is not verified, as in ``imaplib``: pass ``ssl.create_default_context()``.
        """

        if _tables.HAS_CERTFILE:

            def __init__(
                self, host="", port=IMAP4_SSL_PORT, keyfile=None, certfile=None, ssl_context=None, timeout=None
            ):
                if ssl_context is not None and (keyfile is not None or certfile is not None):
                    name = "keyfile" if keyfile is not None else "certfile"
                    raise ValueError("ssl_context and %s arguments are mutually exclusive" % name)
                if keyfile is not None or certfile is not None:
                    import warnings

                    warnings.warn(
                        "keyfile and certfile are deprecated, use a custom ssl_context instead", DeprecationWarning, 2
                    )
                self.keyfile = keyfile
                self.certfile = certfile
                if ssl_context is None:
                    ssl_context = ssl._create_stdlib_context(certfile=certfile, keyfile=keyfile)
                self.ssl_context = ssl_context
                IMAP4.__init__(self, host, port, timeout)

        else:

            def __init__(self, host="", port=IMAP4_SSL_PORT, *, ssl_context=None, timeout=None):
                self.ssl_context = ssl._create_stdlib_context() if ssl_context is None else ssl_context
                IMAP4.__init__(self, host, port, timeout)

        def _create_socket(self, timeout):
            plain = IMAP4._create_socket(self, timeout)
            return self.ssl_context.wrap_socket(plain, server_hostname=self.host)

        def open(self, host="", port=IMAP4_SSL_PORT, timeout=None):
            """Connects to "host:port"."""
            IMAP4.open(self, host, port, timeout)

    __all__.append("IMAP4_SSL")


class IMAP4_stream(IMAP4):
    """An IMAP4 connection to a program that a shell starts."""

    def __init__(self, command):
        self.command = command
        IMAP4.__init__(self)

    def open(self, host=None, port=None, timeout=None):
        """Starts the program."""
        self.host = None
        self.port = None
        self.sock = None
        if _tables.PLAIN_FILE:
            self.file = self._own_file = None
        else:
            setattr(self, _FILE, None)
        self._wire.clear()
        self.process = subprocess.Popen(
            self.command,
            bufsize=DEFAULT_BUFFER_SIZE,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            shell=True,
            close_fds=True,
        )
        self.writefile = self.process.stdin
        self.readfile = self.process.stdout

    def _receive_some(self, size):
        return self.readfile.read1(size)

    def _receive_some_into(self, room):
        return self.readfile.readinto1(room)

    @own
    def read(self, size):
        """Read 'size' bytes from remote."""
        return super().read(size)

    @own
    def readline(self):
        """Read line from remote."""
        return super().readline()

    def send(self, data):
        """Sends bytes."""
        self.writefile.write(data)
        self.writefile.flush()

    def shutdown(self):
        """Closes the pipes and waits for the program."""
        self.readfile.close()
        self.writefile.close()
        self.process.wait()


if _tables.FILE_CAN_BE_SET:

    def __getattr__(name):
        if name == "__version__":
            import warnings

            warnings.warn(
                "'__version__' is deprecated and slated for removal in Python 3.20", DeprecationWarning, stacklevel=2
            )
            return "2.60"
        raise AttributeError(f"module 'imaplib' has no attribute {name!r}")
