"""The drop-in has the names and signatures of imaplib, sends what it sends, and returns what it returns.

Each case runs on the module of the standard library, on the drop-in, and on the drop-in with a replaced method, whose
responses are read by the loop in Python.
"""

import imaplib as stock
import inspect
import random
import unittest
import warnings
from unittest import mock

import scripted
from imaplib_rs import compat

SELECTED = [("login", "user", "secret"), ("select",)]


def tagged(*lines):
    return b"".join(line + b"\r\n" for line in lines) + b"TAG OK done\r\n"


# What the server answers, and the calls. `!` before a name reads an attribute.
CASES = [
    ({}, [("login", "us er", 'se"c\\ret'), ("noop",), ("logout",)]),
    ({"LOGIN": b"TAG NO [AUTHENTICATIONFAILED] no\r\n"}, [("login", "a", "b"), ("!state",)]),
    ({"LOGIN": b"TAG BAD what\r\n"}, [("login", "a", "b"), ("!state",)]),
    ({"AUTHENTICATE": [b"+ Z28=\r\n", b"TAG OK in\r\n"]}, [("authenticate", "x", lambda c: c + b"!")]),
    ({"AUTHENTICATE": [b"+\r\n", b"+ \r\n", b"TAG OK in\r\n"]}, [("authenticate", "x", lambda c: "two" + str(c))]),
    ({"AUTHENTICATE": [b"+\r\n", b"TAG NO out\r\n"]}, [("authenticate", "x", lambda c: None), ("!state",)]),
    ({"AUTHENTICATE": b"TAG NO out\r\n"}, [("authenticate", "x", lambda c: None)]),
    ({"AUTHENTICATE": [b"+ PDE+\r\n", b"TAG OK in\r\n"]}, [("login_cram_md5", "tim", "tanstaaf")]),
    ({}, SELECTED + [("select", "a b"), ("select", "x", True), ("select", b"x"), ("close",), ("unselect",)]),
    ({"SELECT": tagged(b"* 3 EXISTS", b"* FLAGS (\\Seen [x])", b"* OK [PERMANENTFLAGS (\\* [x])] ok")}, SELECTED),
    ({"SELECT": b"TAG OK [READ-ONLY] done\r\n"}, SELECTED + [("!state",)]),
    ({"SELECT": b"TAG NO [NONEXISTENT] none\r\n"}, SELECTED + [("!state",)]),
    ({"NOOP": tagged(b"* OK [READ-ONLY] now")}, SELECTED + [("noop",), ("noop",)]),
    ({"NOOP": tagged(b"* 4 EXISTS", b"* 1 RECENT", b"* 2 EXPUNGE")}, SELECTED + [("noop",), ("recent",), ("recent",)]),
    ({"NOOP": tagged(b"* 4 EXISTS")}, SELECTED + [("noop",), ("response", "exists"), ("response", "EXISTS")]),
    (
        {"FETCH": tagged(b"* 1 FETCH (FLAGS (\\Seen))", b"* 2 FETCH (FLAGS ())")},
        SELECTED
        + [("fetch", "1:2", "(FLAGS)"), ("fetch", "1", "FLAGS"), ("fetch", "1", "all"), ("FETCH", "1", "x")]
        + [("fetch", b"1", "FULL"), ("fetch", "1", "(BODY[HEADER.FIELDS (DATE)])")],
    ),
    (
        {"FETCH": tagged(b"* 1 FETCH (BODY[1] {3}\r\na{5} BODY[2] {0}\r\n UID 5)", b"* 2 FETCH (UID 6)")},
        SELECTED + [("fetch", "1", "(BODY[1])")],
    ),
    ({"FETCH": tagged(b"* 1 FETCH (BODY[] {90000}\r\n" + b"x" * 90000 + b")")}, SELECTED + [("fetch", "1", "x")]),
    ({"FETCH": tagged(b"* 1 FETCH (BODY[] {900000}\r\n" + b"x" * 900000 + b")")}, SELECTED + [("fetch", "1", "x")]),
    ({"FETCH": tagged(b'* 1 FETCH (ENVELOPE ("{3}" NIL))', b"* 2 FETCH")}, SELECTED + [("fetch", "1", "x")]),
    ({"FETCH": b"TAG NO no such\r\n"}, SELECTED + [("fetch", "1", "x")]),
    ({"FETCH": b"TAG BAD what\r\n"}, SELECTED + [("fetch", "1", "x"), ("noop",)]),
    ({"PARTIAL": tagged(b"* 1 FETCH (RFC822 {1}\r\nx)")}, SELECTED + [("partial", "1", "RFC822", "0", "1")]),
    (
        {"STORE": tagged(b"* 1 FETCH (FLAGS (\\Seen))")},
        SELECTED + [("store", "1", "+FLAGS", "\\Seen"), ("store", "1", "FLAGS", "(a b)")],
    ),
    ({}, SELECTED + [("copy", "1", "a b"), ("check",), ("expunge",), ("xatom", "idle2", "x"), ("xatom", "idle2")]),
    ({"EXPUNGE": tagged(b"* 3 EXPUNGE", b"* 3 EXPUNGE")}, SELECTED + [("expunge",)]),
    (
        {"SEARCH": tagged(b"* SEARCH 1 2 3")},
        SELECTED + [("search", None, "ALL"), ("search", "UTF-8", "TEXT", '"x"'), ("search", "a(b", "ALL")],
    ),
    ({"SEARCH": tagged(b"* SEARCH")}, SELECTED + [("search", None, "UNSEEN")]),
    ({}, SELECTED + [("search", None, "UNSEEN")]),
    (
        {"SORT": tagged(b"* SORT 3 1"), "THREAD": tagged(b"* THREAD (1)(2)")},
        SELECTED
        + [("sort", "DATE", "UTF-8", "ALL"), ("sort", "(DATE)", "a b", "ALL", "SEEN")]
        + [("thread", "REFERENCES", "UTF-8", "ALL")],
    ),
    (
        {
            "UID FETCH": tagged(b"* 1 FETCH (UID 5 FLAGS ())"),
            "UID SEARCH": tagged(b"* SEARCH 5"),
            "UID SORT": tagged(b"* SORT 5"),
            "UID THREAD": tagged(b"* THREAD (5)"),
            "UID STORE": tagged(b"* 1 FETCH (UID 5 FLAGS (x))"),
        },
        SELECTED
        + [("uid", "fetch", "5", "FLAGS"), ("uid", "SEARCH", "ALL"), ("uid", "sort", "DATE", "UTF-8", "ALL")]
        + [("uid", "THREAD", "REFS", "a b", "ALL"), ("uid", "STORE", "5", "+FLAGS", "x"), ("uid", "COPY", "5", "a b")]
        + [("uid", "MOVE", "5", "x"), ("uid", "EXPUNGE", "5"), ("uid", "bogus"), ("uid", b"fetch", "5", "FLAGS")],
    ),
    ({}, [("uid", "fetch", "1", "x"), ("fetch", "1", "x"), ("select",), ("append", "x", "", "", b"y")]),
    (
        {"LIST": tagged(b'* LIST () "/" {5}\r\na {5}', b"* LIST (\\Noselect) NIL x")},
        [("login", "a", "b"), ("list",), ("list", "", "%"), ("list", "a b", "c d"), ("list", '"x"', '"*"')],
    ),
    ({"LSUB": tagged(b'* LSUB () "." a')}, [("login", "a", "b"), ("lsub",), ("lsub", "a b", "*")]),
    (
        {"STATUS": tagged(b"* STATUS x (MESSAGES 1)"), "NAMESPACE": tagged(b'* NAMESPACE (("" "/")) NIL NIL')},
        [("login", "a", "b"), ("status", "a b", "(MESSAGES)"), ("status", "x", "(MESSAGES)"), ("namespace",)],
    ),
    (
        {
            "GETACL": tagged(b"* ACL x a lr"),
            "MYRIGHTS": tagged(b"* MYRIGHTS x lr"),
            "GETQUOTA": tagged(b'* QUOTA "" (STORAGE 1 2)'),
            "SETQUOTA": tagged(b'* QUOTA "" (STORAGE 1 2)'),
            "GETQUOTAROOT": tagged(b'* QUOTAROOT x ""', b'* QUOTA "" (STORAGE 1 2)'),
            "GETANNOTATION": tagged(b'* ANNOTATION x "/c" ("v" "w")'),
        },
        [
            ("login", "a", "b"),
            ("getacl", "a b"),
            ("myrights", "x"),
            ("setacl", "x", "a b", "lr"),
            ("deleteacl", "x", "a"),
        ]
        + [("getquota", ""), ("setquota", "", "(STORAGE 1)"), ("getquotaroot", "a b"), ("proxyauth", "a b")]
        + [("getannotation", "x", "/c", "v"), ("setannotation", "x", "/c", '("v" "w")')],
    ),
    (
        {},
        [("login", "a", "b"), ("create", "a b"), ("delete", "x"), ("rename", "a", "b c"), ("subscribe", "x")]
        + [("unsubscribe", "a b"), ("create", ""), ("create", b"x"), ("capability",), ("enable", "CONDSTORE")],
    ),
    (
        {},
        [("login", "a", "b"), ("append", None, None, None, b"a\rb\nc\r\n"), ("append", "a b", "\\Seen", 0, b"")]
        + [("append", "x", "(a b)", '"18-May-2033 05:33:20 +0200"', b"m"), ("append", b"x", "", 1e9, b"m")],
    ),
    ({"APPEND": b"TAG NO [TRYCREATE] none\r\n"}, [("login", "a", "b"), ("append", "x", None, None, b"m")]),
    (
        {"ENABLE": b"* ENABLED UTF8=ACCEPT\r\nTAG OK x\r\n"},
        [("enable", "x"), ("login", "a", "b"), ("enable", "UTF8=ACCEPT")]
        + [("!_encoding",), ("select", "Entw\xfcrfe"), ("search", "UTF-8", "ALL"), ("append", "x", None, None, b"m")],
    ),
    # What is not as it should be.
    ({"NOOP": b"* OK [ALERT] a [b]\r\n* NO [X-Y z] t\r\n* BAD\r\nTAG OK [Q]\r\n"}, [("noop",), ("response", "ALERT")]),
    ({"NOOP": b"* 4 EXISTS\nTAG OK x\r\n"}, [("noop",)]),
    ({"NOOP": b"* ok x\r\nTAG OK x\r\n"}, [("noop",)]),
    ({"NOOP": b"*  1 EXISTS\r\nTAG OK x\r\n"}, [("noop",)]),
    ({"NOOP": b"* OKfoo bar\r\n* 1 EXISTSx y\r\n* X-A-B\r\nTAG OK x\r\n"}, [("noop",)]),
    ({"NOOP": b"junk\r\nTAG OK x\r\n"}, [("noop",)]),
    ({"NOOP": b"+ more\r\n+\r\n+x\r\nTAG OK x\r\n"}, [("noop",)]),
    ({"NOOP": b"TAG9 OK x\r\n"}, [("noop",)]),
    ({"NOOP": b"TAG OK\r\n"}, [("noop",)]),
    ({"NOOP": b"TAG ok x\r\n"}, [("noop",)]),
    ({"NOOP": b"* BYE [X y] gone\r\n"}, [("noop",), ("noop",)]),
    ({"NOOP": b""}, [("noop",)]),
    ({"LOGOUT": b"TAG OK x\r\n"}, [("logout",)]),
    ({"LOGOUT": b"* BYE x\r\nTAG OK x\r\n"}, [("logout",)]),
    ({"NOOP": b"* OK " + b"x" * 1000000 + b"\r\nTAG OK x\r\n"}, [("noop",)]),
    ({}, [("nonsense",)]),
]


def run(module, table, calls, methods):
    """What happens: for each call its result or error, and then what the server received and the client knows."""
    server = scripted.Server(table)
    outcome = []
    with mock.patch("random.randint", return_value=5000), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        connection = scripted.client(module, server, **methods)
        for name, *arguments in calls:
            try:
                if name.startswith("!"):
                    result = getattr(connection, name[1:])
                else:
                    result = getattr(connection, name)(*arguments)
            except Exception as error:
                result = type(error).__name__, str(error)
            outcome.append((name, result))
        outcome.append(("state", connection.state))
        outcome.append(("untagged", connection.untagged_responses))
        outcome.append(("capabilities", connection.capabilities))
        server.hang_up()
        outcome.append(("sent", server.sent))
    return outcome


def tearDownModule():
    scripted.close_all()


class Behaviour(unittest.TestCase):
    maxDiff = 4000

    def test_calls(self):
        count = 0
        for table, calls in CASES:
            expected = run(stock, table, calls, {})
            count += len(calls)
            for loop, methods in (
                ("Rust", {}),
                ("Python", {"readline": lambda self: compat.IMAP4.readline(self)}),
            ):
                with self.subTest(loop=loop, table=table, calls=calls):
                    self.assertEqual(run(compat, table, calls, methods), expected)
        self.assertGreater(count, 150)

    def test_greetings(self):
        def welcome(module, greeting):
            try:
                connection = scripted.client(module, scripted.Server({}, greeting))
            except Exception as error:
                return type(error).__name__, str(error)
            return connection.state, connection.welcome, connection.PROTOCOL_VERSION, connection.capabilities

        for greeting in (
            b"* OK x\r\n",
            b"* PREAUTH x\r\n",
            b"* OK [CAPABILITY IMAP4rev1 X] x\r\n",
            b"* BYE x\r\n",
            b"+OK x\r\n",
            b"+\r\n",
            b"junk\r\n",
            b"* OK x\n",
            b"* OK [CAPABILITY IMAP5] x\r\n",
        ):
            with self.subTest(greeting=greeting), mock.patch("random.randint", return_value=5000):
                self.assertEqual(welcome(compat, greeting), welcome(stock, greeting))


class Names(unittest.TestCase):
    def test_the_module_has_all_names(self):
        missing = [name for name in vars(stock) if not name.startswith("__") and not hasattr(compat, name)]
        self.assertEqual(missing, [])
        self.assertEqual(sorted(compat.__all__), sorted(stock.__all__))
        self.assertEqual(compat.Commands.keys() - {"IDLE2"}, stock.Commands.keys() - {"IDLE2"})
        for name in stock.Commands.keys() - {"IDLE2"}:
            self.assertEqual(set(compat.Commands[name]), set(stock.Commands[name]), name)

    def test_constants(self):
        for name in (
            "CRLF",
            "Debug",
            "IMAP4_PORT",
            "IMAP4_SSL_PORT",
            "AllowedVersions",
            "Mon2num",
            "Months",
            "_MAXLINE",
        ):
            self.assertEqual(getattr(compat, name), getattr(stock, name), name)
        for name in ("Continuation", "Flags", "InternalDate", "Literal", "Response_code", "Untagged_status"):
            self.assertEqual(getattr(compat, name).groupindex, getattr(stock, name).groupindex, name)

    def test_methods_have_the_same_signatures(self):
        for kind in ("IMAP4", "IMAP4_SSL", "IMAP4_stream", "_Authenticator", "Idler"):
            if not hasattr(stock, kind):
                continue
            ours = getattr(compat, kind)
            for name, value in vars(getattr(stock, kind)).items():
                with self.subTest(kind=kind, name=name):
                    if inspect.isfunction(value):
                        self.assertEqual(inspect.signature(getattr(ours, name)), inspect.signature(value))
                    elif not name.startswith("__"):
                        self.assertTrue(hasattr(ours, name))
        for name in ("Internaldate2tuple", "Int2AP", "ParseFlags", "Time2Internaldate"):
            self.assertEqual(inspect.signature(getattr(compat, name)), inspect.signature(getattr(stock, name)))

    def test_exceptions(self):
        for name in ("error", "abort", "readonly"):
            ours, theirs = (getattr(module.IMAP4, name).__mro__ for module in (compat, stock))
            self.assertEqual([kind.__name__ for kind in ours], [kind.__name__ for kind in theirs])


class Helpers(unittest.TestCase):
    def assertSame(self, name, *arguments):
        def call(module):
            try:
                return getattr(module, name)(*arguments)
            except Exception as error:
                return type(error).__name__, str(error)

        with self.subTest(name=name, arguments=arguments):
            self.assertEqual(call(compat), call(stock))

    def test_int2ap(self):
        for number in (0, -1, 15, 16, 65535, 1.9, 10**20):
            self.assertSame("Int2AP", number)
        for number in range(300):
            self.assertSame("Int2AP", random.randrange(1 << 40))

    def test_parse_flags(self):
        for text in (
            b"",
            b"FLAGS (\\Seen a)",
            b"1 (FLAGS (a) UID 1 FLAGS (b c))",
            b"flags (a)",
            b'FLAGS (a]b "c d")',
            "x",
        ):
            self.assertSame("ParseFlags", text)

    def test_dates(self):
        for text in (
            b'1 (INTERNALDATE "17-Jul-1996 02:44:25 -0700")',
            b'INTERNALDATE " 1-Jan-2000 00:00:00 +0000"',
            b'INTERNALDATE "1-Jan-2000 00:00:00 +0000"',
            b'INTERNALDATE "00-Feb-2000 25:61:61 +9999"',
            b'INTERNALDATE "31-Feb-2000 00:00:00 +0000"',
            b'INTERNALDATE "01-Foo-2000 00:00:00 +0000"',
            b'internaldate "01-Jan-2000 00:00:00 +0000"',
            b"",
        ):
            self.assertSame("Internaldate2tuple", text)
        import datetime
        import time

        aware = datetime.datetime(
            2020, 2, 29, 1, 2, 3, tzinfo=datetime.timezone(datetime.timedelta(hours=-3, minutes=-30))
        )
        for value in (
            0,
            1e9,
            True,
            -1,
            time.localtime(1e9),
            time.gmtime(1e9),
            (2020, 2, 3, 4, 5, 6, 0, 0, 0),
            (2020, 7, 3, 4, 5, 6, 0, 0, -1),
            (2020, 7, 3, 4, 5, 6, 0, 0, 1),
            aware,
            aware.replace(tzinfo=None),
            '"anything"',
            '"',
            "x",
            b'"x"',
            None,
            [],
            datetime.date(2020, 1, 1),
        ):
            self.assertSame("Time2Internaldate", value)


if __name__ == "__main__":
    unittest.main()
