"""How commands are sent, and how their ends are noted."""

from . import _tables
from ._tables import CRLF, Commands


class Sending:
    """One command after the other, each with the literal that ends it, if it has one."""

    def _data_of(self, name, *args, of=None):
        """Sends a command, and returns the untagged responses of one kind."""
        typ, dat = self._simple_command(name, *args)
        return self._untagged_response(typ, dat, of or name)

    def _simple_command(self, name, *args):
        return self._command_complete(name, self._command(name, *args))

    def _check_state(self, name):
        allowed = Commands[name]
        if self.state not in allowed:
            self.literal = None
            raise self.error(
                "command %s illegal in state %s, only allowed in states %s" % (name, self.state, ", ".join(allowed))
            )

    def _command(self, name, *args):
        """Sends a command, with its literal if it has one, and returns its tag."""
        self._check_state(name)
        untagged = self.untagged_responses
        untagged.pop("OK", None)
        untagged.pop("NO", None)
        untagged.pop("BAD", None)
        if "READ-ONLY" in untagged and not self.is_readonly:
            raise self.readonly("mailbox status changed to READ-ONLY")
        tag = self._new_tag()
        words = [tag, name.encode(self._encoding)]
        for arg in args:
            if arg is not None:
                words.append(arg.encode(self._encoding) if isinstance(arg, str) else arg)
        literal, self.literal = self.literal, None
        dialog = None
        utf8_append = False
        if literal is not None:
            if callable(literal):
                dialog = literal
            else:
                utf8_append = self.utf8_enabled and name == "APPEND" and (_tables.QUOTES or _tables.HAS_IDLE)
                announcement = "UTF8 (~{%d}" if utf8_append else "{%d}"
                words.append((announcement % len(literal)).encode())
        data = b" ".join(words)
        if _tables.QUOTES and _tables._control_chars.search(data):
            raise ValueError("NUL, CR and LF not allowed in commands")
        if __debug__:
            if self.debug >= 4:
                self._mesg("> %r" % data)
            else:
                self._log("> %r" % data)
        self._send_or_abort(data + CRLF)
        while literal is not None:
            if not self._await_continuation(tag):
                break
            if dialog:
                literal = dialog(self.continuation_response)
            if __debug__:
                if self.debug >= 4:
                    self._mesg("write literal size %s" % len(literal))
            self._send_or_abort(literal, b")" + CRLF if utf8_append else CRLF)
            if not dialog:
                break
        return tag

    def _send_or_abort(self, *parts):
        try:
            for data in parts:
                self.send(data)
        except OSError as error:
            raise self.abort("socket error: %s" % error)

    def _command_complete(self, name, tag):
        """Waits for the end of a command."""
        logout = name == "LOGOUT"
        if not logout and "BYE" in self.untagged_responses:
            self._check_bye()
        try:
            typ, data = self._get_tagged_response(tag, expect_bye=logout)
        except self.abort as error:
            raise self.abort("command: %s => %s" % (name, error))
        except self.error as error:
            raise self.error("command: %s => %s" % (name, error))
        if not logout and "BYE" in self.untagged_responses:
            self._check_bye()
        if typ == "BAD":
            raise self.error("%s command error: %s %s" % (name, typ, data))
        return typ, data

    def _untagged_response(self, typ, dat, name):
        """What came under this name, taken away; the text of a refusal instead."""
        if typ == "NO":
            return typ, dat
        data = self.untagged_responses.pop(name, [None])
        if __debug__:
            if self.debug >= 5:
                self._mesg("untagged_responses[%s] => %s" % (name, data))
        return typ, data

    def _check_bye(self):
        if bye := self.untagged_responses.get("BYE"):
            raise self.abort(bye[-1].decode(self._encoding, "replace"))

    def _new_tag(self):
        tag = self.tagpre + b"%d" % self.tagnum
        self.tagnum += 1
        self.tagged_commands[tag] = None
        return tag

    def _get_capabilities(self):
        typ, dat = self.capability()
        if dat == [None]:
            raise self.error("no CAPABILITY response from server")
        self._note_capabilities(dat[-1])

    def _note_capabilities(self, words):
        self.capabilities = tuple(str(words, self._encoding).upper().split())

    if _tables.QUOTES:

        def _refresh_capabilities(self, consume=False):
            """Notes the capabilities that the server sent by itself, or asks for them."""
            sent = self.untagged_responses.get("CAPABILITY")
            if not sent:
                return self._get_capabilities()
            self._note_capabilities(sent[-1])
            if consume:
                del self.untagged_responses["CAPABILITY"]
