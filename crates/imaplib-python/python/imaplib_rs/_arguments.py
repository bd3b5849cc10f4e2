"""How arguments are written into a command."""

from ._tables import QUOTES, _non_astring_char, _non_list_char, _quoted


def _in_list(arg):
    """Puts parentheses around an argument that has none."""
    return arg if arg[:1] == "(" and arg[-1:] == ")" else "(" + arg + ")"


class Arguments:
    """The writers of arguments, by kind."""

    if QUOTES:

        def _quote(self, arg):
            if isinstance(arg, str):
                arg = arg.encode(self._encoding)
            return b'"' + arg.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'

    else:

        def _quote(self, arg):
            return '"' + arg.replace("\\", "\\\\").replace('"', '\\"') + '"'

    def _astring(self, arg):
        return self._quoted_where(_non_astring_char, arg)

    def _list_mailbox(self, arg):
        return self._quoted_where(_non_list_char, arg)

    def _quoted_where(self, special, arg):
        if isinstance(arg, str):
            arg = arg.encode(self._encoding)
        if _quoted.fullmatch(arg) or (arg and not special.search(arg)):
            return arg
        return self._quote(arg)

    def _atom(self, arg):
        return arg

    def _sequence_set(self, arg):
        return arg

    def _set_quote(self, arg):
        return _in_list(arg)

    def _fetch_parts(self, arg):
        return arg if arg.upper() in ("ALL", "FULL", "FAST") else _in_list(arg)

    def _written(self, kinds, *args):
        """The arguments, each written by its kind; more of them are of the last kind. Older versions change none."""
        if not QUOTES:
            return args
        more = kinds[-1:] * (len(args) - len(kinds))
        return [arg if arg is None else getattr(self, _WRITERS[kind])(arg) for kind, arg in zip(kinds + more, args)]


_WRITERS = {
    "m": "_astring",
    "l": "_list_mailbox",
    "a": "_atom",
    "s": "_sequence_set",
    "(": "_set_quote",
    "f": "_fetch_parts",
}

# The kinds of the arguments of commands about messages, which UID has, too.
OF_MESSAGES = {
    "COPY": "sm",
    "MOVE": "sm",
    "FETCH": "sf",
    "STORE": "sa(",
    "SORT": "(ma",
    "THREAD": "ama",
    "EXPUNGE": "s",
    "SEARCH": "a",
}
