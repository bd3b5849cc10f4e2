"""The commands, one method each."""

import binascii

from . import _tables
from ._arguments import OF_MESSAGES
from ._helpers import Time2Internaldate
from ._tables import CRLF, Commands, MapCRLF


class CommandMethods:
    """The commands that need no more than to be sent. What they return is ``(typ, [data, ...])``."""

    def append(self, mailbox, flags, date_time, message):
        """Stores a message in a mailbox. Its line ends become CR LF."""
        mailbox = mailbox or "INBOX"
        flags = self._flag_list(flags) if flags else None
        date_time = Time2Internaldate(date_time) if date_time else None
        literal = MapCRLF.sub(CRLF, message)
        if self.utf8_enabled and not _tables.HAS_IDLE and not _tables.QUOTES:
            literal = b"UTF8 (" + literal + b")"
        self.literal = literal
        return self._simple_command("APPEND", *self._written("m", mailbox), flags, date_time)

    def _flag_list(self, flags):
        return flags if (flags[0], flags[-1]) == ("(", ")") else "(%s)" % flags

    def authenticate(self, mechanism, authobject):
        """Logs in by a SASL mechanism. ``authobject(challenge)`` returns the answer, or None to give up."""
        mech = mechanism.upper()
        self.literal = _Authenticator(authobject).process
        typ, dat = self._simple_command("AUTHENTICATE", mech)
        if typ != "OK":
            raise self.error(dat[-1].decode("utf-8", "replace"))
        self._logged_in()
        return typ, dat

    def _logged_in(self):
        self.state = "AUTH"
        if _tables.QUOTES:
            self._refresh_capabilities()

    def capability(self):
        """Asks for the capabilities."""
        return self._data_of("CAPABILITY")

    def check(self):
        """Asks for a checkpoint of the mailbox."""
        return self._simple_command("CHECK")

    def close(self):
        """Closes the mailbox, and removes its messages that have the flag Deleted."""
        try:
            return self._simple_command("CLOSE")
        finally:
            self.state = "AUTH"

    def copy(self, message_set, new_mailbox):
        """Copies messages to the end of another mailbox."""
        return self._simple_command("COPY", *self._written("sm", message_set, new_mailbox))

    def create(self, mailbox):
        """Creates a mailbox."""
        return self._simple_command("CREATE", *self._written("m", mailbox))

    def delete(self, mailbox):
        """Deletes a mailbox."""
        return self._simple_command("DELETE", *self._written("m", mailbox))

    def deleteacl(self, mailbox, who):
        """Removes the rights of somebody on a mailbox."""
        return self._simple_command("DELETEACL", *self._written("mm", mailbox, who))

    def enable(self, capability):
        """Enables capabilities, which are words with spaces between."""
        if "ENABLE" not in self.capabilities:
            raise self.error("Server does not support ENABLE")
        typ, data = self._simple_command("ENABLE", capability)
        if typ == "OK" and "UTF8=ACCEPT" in capability.upper():
            self._mode_utf8()
        return typ, data

    def expunge(self):
        """Removes the messages that have the flag Deleted. The data are their numbers, each as it was at its time."""
        return self._data_of("EXPUNGE")

    def fetch(self, message_set, message_parts):
        """Fetches parts of messages."""
        return self._data_of("FETCH", *self._written("sf", message_set, message_parts))

    def getacl(self, mailbox):
        """The rights on a mailbox."""
        return self._data_of("GETACL", *self._written("m", mailbox), of="ACL")

    def getannotation(self, mailbox, entry, attribute):
        """Annotations of a mailbox."""
        return self._data_of("GETANNOTATION", *self._written("ma", mailbox, entry, attribute), of="ANNOTATION")

    def getquota(self, root):
        """The limits and usage of a quota root."""
        return self._data_of("GETQUOTA", *self._written("m", root), of="QUOTA")

    def getquotaroot(self, mailbox):
        """The quota roots of a mailbox, and their limits: two lists."""
        typ, dat = self._simple_command("GETQUOTAROOT", *self._written("m", mailbox))
        typ, quota = self._untagged_response(typ, dat, "QUOTA")
        typ, root = self._untagged_response(typ, dat, "QUOTAROOT")
        return typ, [root, quota]

    if _tables.QUOTES:

        def list(self, directory="", pattern="*"):
            """The mailboxes below ``directory`` that match ``pattern``."""
            return self._data_of("LIST", *self._written("ml", directory, pattern))

        def lsub(self, directory="", pattern="*"):
            """The subscribed mailboxes below ``directory`` that match ``pattern``."""
            return self._data_of("LSUB", *self._written("ml", directory, pattern))

    else:

        def list(self, directory='""', pattern="*"):
            """The mailboxes below ``directory`` that match ``pattern``."""
            return self._data_of("LIST", directory, pattern)

        def lsub(self, directory='""', pattern="*"):
            """The subscribed mailboxes below ``directory`` that match ``pattern``."""
            return self._data_of("LSUB", directory, pattern)

    def login(self, user, password):
        """Logs in. The password is always quoted."""
        if "LOGINDISABLED" in getattr(self, "capabilities", ()):
            raise self.error("the server does not accept LOGIN here (LOGINDISABLED): the password is not sent")
        typ, dat = self._simple_command("LOGIN", *self._written("m", user), self._quote(password))
        if typ != "OK":
            raise self.error(dat[-1].decode("utf-8", "replace") if _tables.QUOTES else dat[-1])
        self._logged_in()
        return typ, dat

    def login_cram_md5(self, user, password):
        """Logs in by CRAM-MD5, which does not send the password."""
        self.user, self.password = user, password
        return self.authenticate("CRAM-MD5", self._CRAM_MD5_AUTH)

    def _CRAM_MD5_AUTH(self, challenge):
        import hmac

        password = self.password.encode("utf-8") if isinstance(self.password, str) else self.password
        try:
            proof = hmac.HMAC(password, challenge, "md5")
        except ValueError:
            raise self.error("CRAM-MD5 authentication is not supported") from None
        return self.user + " " + proof.hexdigest()

    def logout(self):
        """Ends the session and closes the connection."""
        self.state = "LOGOUT"
        typ, dat = self._simple_command("LOGOUT")
        self.shutdown()
        return typ, dat

    def myrights(self, mailbox):
        """One's own rights on a mailbox."""
        return self._data_of("MYRIGHTS", *self._written("m", mailbox))

    def namespace(self):
        """The namespaces."""
        return self._data_of("NAMESPACE")

    def noop(self):
        """Does nothing; what happened in the mailbox comes with the answer."""
        if __debug__:
            if self.debug >= 3:
                self._dump_ur(self.untagged_responses)
        return self._simple_command("NOOP")

    def partial(self, message_num, message_part, start, length):
        """A part of a message, on servers of RFC 1730."""
        return self._data_of("PARTIAL", *self._written("a", message_num, message_part, start, length), of="FETCH")

    def proxyauth(self, user):
        """Continues as another user."""
        return self._simple_command("PROXYAUTH", *self._written("m", user))

    def recent(self):
        """How many messages are recent, by what came last or by asking."""
        typ, dat = self._untagged_response("OK", [None], "RECENT")
        if dat[-1]:
            return typ, dat
        typ, dat = self.noop()
        return self._untagged_response(typ, dat, "RECENT")

    def rename(self, oldmailbox, newmailbox):
        """Renames a mailbox."""
        return self._simple_command("RENAME", *self._written("mm", oldmailbox, newmailbox))

    def response(self, code):
        """What came under this name since it was asked for last. Nothing is sent."""
        return self._untagged_response(code, [None], code.upper())

    def search(self, charset, *criteria):
        """Searches the mailbox. The data are one string of numbers."""
        if charset:
            if self.utf8_enabled:
                raise self.error("Non-None charset not valid in UTF8 mode")
            criteria = ("CHARSET", *self._written("m", charset), *criteria)
        return self._data_of("SEARCH", *criteria)

    def select(self, mailbox="INBOX", readonly=False):
        """Opens a mailbox. The data are how many messages it has."""
        self.untagged_responses = {}
        self.is_readonly = readonly
        name = "EXAMINE" if readonly else "SELECT"
        typ, dat = self._simple_command(name, *self._written("m", mailbox))
        if typ != "OK":
            self.state = "AUTH"
            return typ, dat
        self.state = "SELECTED"
        if "READ-ONLY" in self.untagged_responses and not readonly:
            if __debug__:
                if self.debug >= 1:
                    self._dump_ur(self.untagged_responses)
            raise self.readonly("%s is not writable" % (repr(mailbox) if _tables.QUOTES else mailbox))
        return typ, self.untagged_responses.get("EXISTS", [None])

    def setacl(self, mailbox, who, what):
        """Sets the rights of somebody on a mailbox."""
        return self._simple_command("SETACL", *self._written("mmm", mailbox, who, what))

    if _tables.QUOTES:

        def setannotation(self, mailbox, *args):
            """Sets annotations of a mailbox."""
            return self._data_of("SETANNOTATION", *self._written("ma", mailbox, *args), of="ANNOTATION")

    else:

        def setannotation(self, *args):
            """Sets annotations of a mailbox."""
            return self._data_of("SETANNOTATION", *args, of="ANNOTATION")

    def setquota(self, root, limits):
        """Sets the limits of a quota root."""
        return self._data_of("SETQUOTA", *self._written("m(", root, limits), of="QUOTA")

    def sort(self, sort_criteria, charset, *search_criteria):
        """Searches the mailbox and sorts what is found."""
        return self._data_of("SORT", *self._sorting(sort_criteria, charset, *search_criteria))

    def _sorting(self, sort_criteria, *args):
        if not _tables.QUOTES and (sort_criteria[0], sort_criteria[-1]) != ("(", ")"):
            sort_criteria = "(%s)" % sort_criteria
        return self._written(OF_MESSAGES["SORT"], sort_criteria, *args)

    def status(self, mailbox, names):
        """Facts about a mailbox that need not be open."""
        return self._data_of("STATUS", *self._written("m(", mailbox, names))

    def store(self, message_set, command, flags):
        """Changes flags of messages."""
        if not _tables.QUOTES and (flags[0], flags[-1]) != ("(", ")"):
            flags = "(%s)" % flags
        return self._data_of("STORE", *self._written("sa(", message_set, command, flags), of="FETCH")

    def subscribe(self, mailbox):
        """Subscribes to a mailbox."""
        return self._simple_command("SUBSCRIBE", *self._written("m", mailbox))

    def thread(self, threading_algorithm, charset, *search_criteria):
        """Searches the mailbox and returns threads."""
        return self._data_of("THREAD", *self._written("ama", threading_algorithm, charset, *search_criteria))

    def uid(self, command, *args):
        """A command about messages by their UID."""
        command = command.upper()
        if command not in Commands:
            raise self.error("Unknown IMAP4 UID command: %s" % (repr(command) if _tables.QUOTES else command))
        self._check_state(command)
        args = self._written(OF_MESSAGES.get(command, "a"), *args)
        of = command if command in ("SEARCH", "SORT", "THREAD") else "FETCH"
        return self._data_of("UID", command, *args, of=of)

    def unsubscribe(self, mailbox):
        """Ends a subscription."""
        return self._simple_command("UNSUBSCRIBE", *self._written("m", mailbox))

    def unselect(self):
        """Closes the mailbox and removes nothing."""
        try:
            return self._simple_command("UNSELECT")
        finally:
            self.state = "AUTH"

    def xatom(self, name, *args):
        """Any other command. It is allowed in the present state from then on."""
        name = name.upper()
        if name not in Commands:
            Commands[name] = (self.state,)
        return self._simple_command(name, *args)


class _Authenticator:
    """Encodes and decodes what AUTHENTICATE sends."""

    def __init__(self, mechinst):
        self.mech = mechinst

    def process(self, data):
        answer = self.mech(self.decode(data))
        return b"*" if answer is None else self.encode(answer)

    def encode(self, inp):
        if isinstance(inp, str):
            inp = inp.encode("utf-8")
        return binascii.b2a_base64(inp, newline=False)

    def decode(self, inp):
        return binascii.a2b_base64(inp) if inp else b""
