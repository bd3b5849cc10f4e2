"""aioimaplib: OPERATION PORT CERTIFICATE EXPECTED OCTETS. It parses nothing; the lines and texts are counted."""
import asyncio
import resource
import sys
import time

import aioimaplib

sys.setrecursionlimit(100_000)  # it goes one level deeper for each line of a block, and hangs at 1,000
operation, port, expected = sys.argv[1], int(sys.argv[2]), int(sys.argv[4])
ITEMS = {
    "flags": "(UID FLAGS)",
    "envelopes": "(UID ENVELOPE)",
    "structures": "(UID BODYSTRUCTURE)",
    "bodies": "(UID BODY.PEEK[])",
    "body": "(UID BODY.PEEK[])",
}


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


async def main():
    client = aioimaplib.IMAP4(host="127.0.0.1", port=port, timeout=600)
    await client.wait_hello_from_server()
    await client.login("demo", "demo")
    await client.select("INBOX")
    start, before = time.monotonic(), cpu()
    if operation == "nothing":
        count = expected
    elif operation == "search":
        response = await client.uid_search("ALL", charset=None)
        count = len([int(number) for number in response.lines[0].split()])
    elif operation == "list":
        response = await client.list('""', "*")
        count = len(response.lines) - 1
    else:
        response = await client.uid("fetch", "1:*", ITEMS[operation])
        if operation in ("bodies", "body"):
            count = sum(len(line) for line in response.lines if isinstance(line, bytearray))
        else:
            count = sum(1 for line in response.lines if b" FETCH (" in line)
    print("cpu", cpu() - before)
    print("wall", time.monotonic() - start)
    if count != expected:
        sys.exit(f"wrong: {count} of {expected}")


asyncio.run(main())
