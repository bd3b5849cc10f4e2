"""Where the drop-in is better than imaplib on purpose, and which replaced methods it calls."""

import socket
import threading
import time
import unittest

import scripted
from imaplib_rs import compat


def tearDownModule():
    scripted.close_all()


def logged_in(table, **methods):
    connection = scripted.client(compat, scripted.Server(table), **methods)
    connection.login("a", "b")
    connection.select()
    return connection


class Differences(unittest.TestCase):
    def test_a_name_that_looks_like_the_announcement_of_a_literal(self):
        answer = b'* LIST () "/" odd {5}\r\n* LIST () "/" next\r\nTAG OK done\r\n'
        for methods in ({}, {"_match": lambda self, cre, s: compat.IMAP4._match(self, cre, s)}):
            connection = logged_in({"LIST": answer}, **methods)
            self.assertEqual(connection.list()[1], [b'() "/" odd {5}', b'() "/" next'])

    def test_a_cut_literal_leaves_nothing(self):
        for announced in (b"10", b"100000", b"3000000000"):
            for methods in ({}, {"readline": lambda self: compat.IMAP4.readline(self)}):
                server = scripted.Server({"FETCH": [b"* 1 FETCH (BODY[] {" + announced + b"}\r\nabc"]})
                connection = scripted.client(compat, server, **methods)
                connection.login("a", "b")
                connection.select()
                original = server.answer

                def answer(line, lines):
                    original(line, lines)
                    if b"FETCH" in line:
                        server.close()

                server.answer = answer
                with self.subTest(announced=announced, methods=list(methods)):
                    with self.assertRaisesRegex(compat.IMAP4.abort, "EOF"):
                        connection.fetch("1", "BODY[]")
                    self.assertFalse(connection.untagged_responses.get("FETCH"))

    def test_what_stands_behind_the_answer_to_starttls_ends_the_connection(self):
        table = {
            "CAPABILITY": b"* CAPABILITY IMAP4rev1 STARTTLS\r\nTAG OK done\r\n",
            "STARTTLS": b"TAG OK begin\r\n* CAPABILITY IMAP4rev1 EVIL\r\n",
        }
        connection = scripted.client(compat, scripted.Server(table))
        with self.assertRaisesRegex(compat.IMAP4.abort, "behind its answer to STARTTLS"):
            connection.starttls()

    def test_after_a_timeout_the_connection_can_be_read_on(self):
        server = scripted.Server({"NOOP": b""})
        server.close = lambda: None
        connection = scripted.client(compat, server)
        server.client.settimeout(0.05)
        tag = connection._command("NOOP")
        with self.assertRaises(TimeoutError):
            connection._command_complete("NOOP", tag)
        server.end.sendall(b"* 5 EXISTS\r\n" + tag + b" OK late\r\n")
        self.assertEqual(connection._command_complete("NOOP", tag), ("OK", [b"late"]))
        self.assertEqual(connection.response("EXISTS")[1], [b"5"])

    def test_a_server_that_drips_is_given_up(self):
        for deadline, timeout in ((None, 0.3), (0.3, None), (0.3, 5)):
            for methods in ({}, {"readline": lambda self: compat.IMAP4.readline(self)}):
                server = scripted.Server({"FETCH": b""})
                server.close = lambda: None
                connection = scripted.client(compat, server, **methods)
                connection.login("a", "b")
                connection.select()
                server.client.settimeout(timeout)
                connection.deadline = deadline
                over = threading.Event()

                def drip(server=server, over=over):
                    while not over.wait(0.05):
                        try:
                            server.end.sendall(b"* ")
                        except OSError:
                            return

                thread = threading.Thread(target=drip)
                thread.start()
                started = time.monotonic()
                with self.subTest(deadline=deadline, timeout=timeout, methods=list(methods)):
                    with self.assertRaises(TimeoutError):
                        connection.fetch("1", "FLAGS")
                    self.assertLess(time.monotonic() - started, 3)
                    self.assertEqual(server.client.gettimeout(), timeout)
                over.set()
                thread.join()

    def test_long_lists_of_numbers(self):
        numbers = b" ".join(b"%d" % number for number in range(300000))
        connection = logged_in({"SEARCH": b"* SEARCH " + numbers + b"\r\nTAG OK done\r\n"})
        self.assertGreater(len(numbers), compat._MAXLINE)
        self.assertEqual(connection.search(None, "ALL")[1], [numbers])

    def test_empty_lines_behind_a_literal(self):
        answer = b"* 1 FETCH (BODY[] {3}\r\nabc\r\n UID 4)\r\n\r\n* 2 FETCH (UID 5)\r\nTAG OK done\r\n"
        for methods in ({}, {"read": lambda self, size: compat.IMAP4.read(self, size)}):
            connection = logged_in({"FETCH": answer}, **methods)
            expected = [(b"1 (BODY[] {3}", b"abc"), b" UID 4)", b"2 (UID 5)"]
            self.assertEqual(connection.fetch("1", "BODY[]")[1], expected)

    def test_floods_end(self):
        for command, row in (
            ("LIST", b'* LIST () "/" x\r\n'),
            ("NOOP", b"* OK still here\r\n"),
            ("FETCH", b"* 1 FETCH (FLAGS ())\r\n"),
            ("FETCH", b"* 1 FETCH (BODY[] {5}\r\nhello)\r\n"),
            ("SEARCH", b"* SEARCH 1 3 5\r\n"),
            ("CHECK", b"\r\n"),
        ):
            with self.subTest(command=command, row=row):
                server = scripted.Server({"SELECT": b"* 1 EXISTS\r\nTAG OK done\r\n", command: row * 310_000 + b"TAG OK done\r\n"})
                connection = scripted.client(compat, server)
                connection.login("ann", "secret")
                connection.select()
                call = {"FETCH": ("1:*", "(FLAGS)"), "SEARCH": (None, "ALL")}.get(command, ())
                with self.assertRaisesRegex(compat.IMAP4.abort, "sends more than any command needs"):
                    getattr(connection, command.lower())(*call)

    def test_large_mailboxes_are_no_floods(self):
        rows = b"".join(b"* %d FETCH (FLAGS ())\r\n" % number for number in range(1, 200_001))
        # The number of messages comes while the program looks at each line.
        for hooked in (False, True):
            server = scripted.Server({"SELECT": b"* 200000 EXISTS\r\nTAG OK done\r\n", "FETCH": rows + b"TAG OK done\r\n"})
            connection = scripted.client(compat, server)
            connection.login("ann", "secret")
            if hooked:
                connection._get_line = lambda: compat.IMAP4._get_line(connection)
            connection.select()
            connection.__dict__.pop("_get_line", None)
            self.assertEqual(len(connection.fetch("1:*", "(FLAGS)")[1]), 200_000)

    def test_floods_before_login_end_sooner(self):
        flood = b"* OK [X] wait\r\n" * 10_001
        server = scripted.Server({"CAPABILITY": flood + b"* CAPABILITY IMAP4rev1\r\nTAG OK done\r\n"})
        with self.assertRaisesRegex(compat.IMAP4.abort, "sends more than any command needs"):
            scripted.client(compat, server)
        with self.assertRaisesRegex(compat.IMAP4.abort, "sends more than any command needs"):
            scripted.client(compat, scripted.Server({}, greeting=b"\r\n" * 10_001 + b"* OK ready\r\n"))

    def test_no_password_is_sent_where_login_is_disabled(self):
        server = scripted.Server({"CAPABILITY": b"* CAPABILITY IMAP4rev1 LOGINDISABLED\r\nTAG OK done\r\n"})
        connection = scripted.client(compat, server)
        with self.assertRaisesRegex(compat.IMAP4.error, "LOGINDISABLED"):
            connection.login("ann", "secret")
        self.assertNotIn(b"secret", b"".join(server.sent))


class Hooks(unittest.TestCase):
    def test_each_replaced_method_is_called(self):
        answer = b"* 1 FETCH (BODY[] {3}\r\nabc)\r\nTAG OK done\r\n"
        hooks = ("read", "readline", "_get_line", "_get_response", "_get_tagged_response", "_append_untagged", "_match")
        for name in hooks + ("send",):
            calls = []

            def hook(self, *arguments, _name=name, _calls=calls, **keywords):
                _calls.append(arguments)
                return getattr(compat.IMAP4, _name)(self, *arguments, **keywords)

            for where in ("class", "object"):
                with self.subTest(name=name, where=where):
                    connection = logged_in({"FETCH": answer}, **({name: hook} if where == "class" else {}))
                    if where == "object":
                        setattr(connection, name, hook.__get__(connection))
                    calls.clear()
                    self.assertEqual(connection.fetch("1", "x")[1], [(b"1 (BODY[] {3}", b"abc"), b")"])
                    self.assertTrue(calls)

    def test_debug_lines_are_written_if_somebody_reads_them(self):
        connection = logged_in({})
        lines = []
        connection._mesg = lines.append
        connection.debug = 5
        connection.noop()
        self.assertTrue(any(line.startswith("< ") for line in lines))

    def test_a_logger_that_is_off_costs_nothing(self):
        import logging

        logger = logging.getLogger("imaplib_rs.test")
        connection = logged_in({})
        connection._mesg, connection.debug = logger.debug, 5
        logger.setLevel(logging.INFO)
        self.assertTrue(connection._is_plain())
        logger.setLevel(logging.DEBUG)
        self.assertFalse(connection._is_plain())

    def test_a_file_in_place_of_the_socket_is_read(self):
        if not compat._tables.PLAIN_FILE:
            self.skipTest("this Python has no plain attribute `file`")

        class File:
            def __init__(self, file):
                self.file, self.lines = file, 0

            def readline(self, limit):
                self.lines += 1
                return self.file.readline(limit)

            def read(self, size):
                return self.file.read(size)

        connection = logged_in({})
        connection.file = File(connection.sock.makefile("rb"))
        self.assertEqual(connection.noop(), ("OK", [b"done"]))
        self.assertEqual(connection.file.lines, 1)

    def test_the_last_lines_are_logged(self):
        connection = logged_in({})
        connection.noop()
        self.assertIn("done", "".join(line for line, _ in connection._cmd_log.values()))

    def test_an_object_without_a_connection_can_be_made(self):
        connection = compat.IMAP4.__new__(compat.IMAP4)
        self.assertEqual(connection._wire.unread, 0)

    def test_another_thread_can_close_the_connection(self):
        server = scripted.Server({"NOOP": b""})
        server.close = lambda: None
        connection = scripted.client(compat, server)
        timer = threading.Timer(0.1, lambda: connection.sock.shutdown(socket.SHUT_RDWR))
        timer.start()
        with self.assertRaisesRegex(compat.IMAP4.abort, "EOF"):
            connection.noop()


if __name__ == "__main__":
    unittest.main()
