"""One run of one scenario by one module, as a process of its own. Prints a line of JSON.

    python subject.py SUBJECT SCENARIO PORT

SUBJECT is `stock`, `drop-in` or `modern`. What is counted is the processor time of the calls that the scenario is about, of the
user and of the system, and the most memory that the process had.
"""

import hashlib
import json
import resource
import sys
import time

SMALL_COMMANDS = 4_000

CALLS = {
    "flags": ("fetch", "1:*", "(UID FLAGS)"),
    "list": ("list",),
    "envelope": ("fetch", "1:*", "(UID ENVELOPE)"),
    "mail": ("fetch", "1:*", "(UID BODY.PEEK[])"),
    "search": ("search", None, "ALL"),
    "literal": ("fetch", "1", "(UID BODY.PEEK[])"),
}


def digest(result):
    """Equal for equal results: of what was returned, each part with its kind and length."""
    hashed = hashlib.sha256()

    def add(value):
        if isinstance(value, bytes):
            hashed.update(b"b%d:" % len(value))
            hashed.update(value)
        elif isinstance(value, (list, tuple)):
            hashed.update(b"%b%d:" % (type(value).__name__.encode(), len(value)))
            for part in value:
                add(part)
        else:
            hashed.update(repr(value).encode())

    add(result)
    return hashed.hexdigest()


def old_style(module, scenario, port):
    client = module.IMAP4("127.0.0.1", port)
    client.login("user", "password")
    client.select()
    if scenario == "small":
        noop = client.noop
        started = time.process_time()
        for _ in range(SMALL_COMMANDS):
            result = noop()
        used = time.process_time() - started
    else:
        name, *arguments = CALLS[scenario]
        call = getattr(client, name)
        started = time.process_time()
        result = call(*arguments)
        used = time.process_time() - started
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    client.logout()
    return used, memory, digest(result)


def main():
    subject, scenario, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
    if subject == "stock":
        import imaplib as module
    else:
        from imaplib_rs import compat as module
    used, memory, result = old_style(module, scenario, port)
    print(json.dumps({"seconds": used, "kib": memory, "digest": result}))


if __name__ == "__main__":
    main()
