"""The modern API for asyncio against Dovecot, and that it has the same calls as the blocking one."""

import asyncio
import inspect
import io
import unittest

import dovecot
import imaplib_rs
import test_modern
from imaplib_rs import UidSet, aio

LARGE, message = test_modern.LARGE, test_modern.message


class Asyncio(dovecot.WithDovecot, unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.empty()

    async def connect(self, scheme="imaps", user="alice", password="secret", **options):
        port = self.ports[1] if scheme == "imaps" else self.ports[0]
        options = {"ssl_context": self.context(), "timeout": 10, **options}
        return await aio.connect(f"{scheme}://localhost:{port}", user, password, **options)

    async def fill(self, count, session):
        messages = [(message(number), (), None) for number in range(1, count + 1)]
        results = await session.append_all("INBOX", messages)
        self.assertEqual([result.uid for result in results], list(range(1, count + 1)))

    async def test_three_ways_to_connect(self):
        for scheme in ("imaps", "imap", "imap+insecure"):
            with self.subTest(scheme=scheme):
                async with await self.connect(scheme) as session:
                    self.assertIn("IMAP4rev1", session.capabilities)
                    self.assertEqual((await session.id(name="test"))["name"], "Dovecot")
                self.assertFalse(session.is_usable)

    async def test_certificates_are_verified_unless_the_caller_says_otherwise(self):
        for scheme in ("imaps", "imap"):
            with self.assertRaises(imaplib_rs.TlsFailed):
                await self.connect(scheme, ssl_context=None)
        with self.assertRaises(imaplib_rs.AuthenticationFailed):
            await self.connect(password="wrong")
        with self.assertRaises(imaplib_rs.Unreachable):
            await aio.connect(f"imaps://localhost:{dovecot.free_port()}", timeout=5)

    async def test_rows_and_texts(self):
        async with await self.connect() as session:
            await session.append("INBOX", test_modern.WITH_ATTACHMENT, ["\\Seen"])
            await session.append("INBOX", io.BytesIO(LARGE))
            async with await session.select() as inbox:
                rows = [row async for row in inbox.rows("1:*", "ENVELOPE", "BODYSTRUCTURE")]
                self.assertEqual([row.envelope.subject for row in rows], ["Äpfel und Birnen", "large"])
                (part,) = rows[0].structure.attachments()
                file = io.BytesIO()
                self.assertEqual(await inbox.save(1, part, file), len("Hello PDF"))
                self.assertEqual(await inbox.message(2), LARGE)
                count = 0
                async for row in inbox.rows("1:*", "BODY.PEEK[]", "BODY.PEEK[TEXT]"):
                    async for body in row.bodies():
                        count += len(await body.read())
                texts = len(test_modern.WITH_ATTACHMENT.partition(b"\r\n\r\n")[2]) + len(LARGE) - 18
                self.assertEqual(count, len(test_modern.WITH_ATTACHMENT) + len(LARGE) + texts)

    async def test_tasks_share_a_session(self):
        async with await self.connect() as session:
            await self.fill(1200, session)
            async with await session.select() as inbox:

                async def read():
                    return [row.uid async for row in inbox.rows()]

                flags = inbox.add_flags("1:3", "\\Flagged")
                results = await asyncio.gather(read(), flags, read(), inbox.flags(), inbox.search(unseen=True))
                self.assertEqual(results[0], list(range(1, 1201)))
                self.assertEqual(results[2], results[0])
                self.assertEqual((len(results[3]), len(results[4])), (1200, 1200))
                async for row in inbox.rows():
                    break
                self.assertEqual(await inbox.search(flagged=True), UidSet("1:3"))

    async def test_a_call_that_is_cancelled_leaves_the_session_usable(self):
        async with await self.connect() as session:
            await self.fill(800, session)
            async with await session.select() as inbox:
                cancelled = 0
                for turns in range(12):
                    task = asyncio.create_task(inbox.flags())
                    for _ in range(turns):
                        await asyncio.sleep(0)
                    task.cancel()
                    cancelled += task in (await asyncio.wait([task]))[0] and task.cancelled()
                    self.assertEqual(len(await inbox.search()), 800)
                self.assertGreater(cancelled, 0)

    async def test_copy_move_expunge_and_sort(self):
        async with await self.connect() as session:
            await self.fill(4, session)
            await session.create("Other")
            async with await session.select() as inbox:
                self.assertEqual((await inbox.copy("1:2", "Other")).pairs(), [(1, 1), (2, 2)])
                self.assertEqual((await inbox.move(3, "Other")).copied.pairs(), [(3, 3)])
                await inbox.set_flags(4, "\\Deleted")
                await inbox.remove_flags(1, "\\Seen")
                await inbox.expunge(4)
                self.assertEqual(await inbox.sort("-SUBJECT"), [2, 1])
            self.assertEqual((await session.status("Other")).messages, 3)
            self.assertEqual([one.name for one in await session.mailboxes("O%")], ["Other"])
            await session.rename("Other", "New")
            await session.subscribe("New")
            await session.unsubscribe("New")
            await session.delete("New")
            await session.noop()
            await (await session.select()).close_and_expunge()

    async def test_idle_changes_and_watch(self):
        async with await self.connect() as session, await self.connect() as other:
            async with await session.select(for_changes=True) as inbox:
                known = (await inbox.changes()).known

                async def add():
                    await asyncio.sleep(0.3)
                    await other.append("INBOX", message(1))

                task = asyncio.create_task(add())
                async for event in inbox.idle(5):
                    if event.kind == "exists":
                        break
                await task
                self.assertEqual(sorted((await inbox.changes(known)).new), [1])
            found = []
            async for change in aio.watch(self.connect, {"INBOX": known}, timeout=10):
                found.append(sorted(change.changes.new))
                if len(found) == 2:
                    break
                await other.append("INBOX", message(2))
            self.assertEqual(found, [[1], [2]])


class SameCalls(unittest.TestCase):
    def test_both_forms_have_the_same_calls(self):
        def calls(kind):
            found = {}
            for name, value in vars(kind).items():
                if not name.startswith("_") and inspect.isfunction(value):
                    found[name] = list(inspect.signature(value).parameters.values())
            return found

        count = 0
        for name in ("Session", "Mailbox", "Body"):
            blocking, waiting = calls(getattr(imaplib_rs, name)), calls(getattr(aio, name))
            self.assertEqual(blocking, waiting, name)
            count += len(blocking)
        self.assertGreater(count, 30)
        for name in ("connect", "watch"):
            ours = inspect.signature(getattr(aio, name)).parameters
            self.assertEqual(list(ours), list(inspect.signature(getattr(imaplib_rs, name)).parameters))


if __name__ == "__main__":
    unittest.main()
