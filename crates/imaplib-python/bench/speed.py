"""Measures the drop-in beside the imaplib of the same Python. Writes the page docs/python-speed.md.

    python bench/speed.py [--rounds N] [--only SCENARIO] [--write]

The package must be installed as it is released: `maturin develop --release`. Each run is a process of its own, the two modules
take turns, and medians of the processor time are compared, so that a busy machine matters little. The results of both must have
the same digest. The exit code is 1 if a figure misses its goal.
"""

import argparse
import compileall
import importlib.util
import json
import os
import platform
import statistics
import subprocess
import sys

FOLDER = os.path.dirname(os.path.abspath(__file__))
PAGE = os.path.join(FOLDER, "..", "..", "..", "docs", "python-speed.md")

# What is measured, what it is, and how many times faster it must be at least.
SCENARIOS = {
    "flags": ("UID and flags of 200,000 messages", 15),
    "list": ("LIST of 40,000 mailboxes", 15),
    "envelope": ("ENVELOPE of 20,000 messages", 8),
    "mail": ("6,000 messages of 10 kB", 1.8),
    "search": ("SEARCH with 120,000 results", 1.5),
    "literal": ("one message of 256 MiB", 1),
    "small": ("4,000 NOOP", 1 / 1.05),
}
MOST_MEMORY = 1.1
SUBJECTS = ("stock", "drop-in")


def run(subject, scenario, port):
    command = [sys.executable, os.path.join(FOLDER, "subject.py"), subject, scenario, str(port)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def measure(scenario, rounds):
    """The runs of each subject. They take turns, and begin in turn."""
    server = subprocess.Popen(
        [sys.executable, os.path.join(FOLDER, "replay.py"), scenario],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with server:
        port = int(server.stdout.readline())
        runs = {subject: [] for subject in SUBJECTS}
        for number in range(rounds):
            for subject in SUBJECTS if number % 2 else SUBJECTS[::-1]:
                runs[subject].append(run(subject, scenario, port))
        server.stdin.close()
    digests = {one["digest"] for several in runs.values() for one in several}
    if len(digests) != 1:
        sys.exit(f"{scenario}: the results differ")
    return runs


def compile_package():
    """Compiles the package, as pip does when it installs it: Python has compiled its own module, too."""
    places = importlib.util.find_spec("imaplib_rs").submodule_search_locations
    if not all(compileall.compile_dir(place, quiet=1) for place in places):
        sys.exit("the package cannot be compiled")


def median(runs, what):
    return statistics.median(one[what] for one in runs)


def row(scenario, runs):
    """A line of the table, and whether it reaches its goal."""
    stock, ours = (median(runs[subject], "seconds") for subject in SUBJECTS)
    stock_memory, memory = (median(runs[subject], "kib") / 1024 for subject in SUBJECTS)
    name, goal = SCENARIOS[scenario]
    reached = [stock / ours >= goal, memory / stock_memory <= MOST_MEMORY]
    faster, larger = ("" if one else ", **missed**" for one in reached)
    line = (
        f"| {name} | {stock * 1000:,.1f} ms | {ours * 1000:,.1f} ms | {stock / ours:.2f} ×{faster} | {goal:.2f} × "
        f"| {stock_memory:,.0f} MiB | {memory:,.0f} MiB{larger} |"
    )
    return line, all(reached)


HEAD = """| | `imaplib` | drop-in | faster | goal | memory of `imaplib` | of the drop-in |
|---|---|---|---|---|---|---|"""

TEXT = """# How fast the Python package is

The drop-in beside the `imaplib` of the same Python, on a server on the loopback interface that sends prepared bytes. Medians of
the processor time of the calls, of {rounds} runs each, in turn; the most memory that the process had. The results of both had the
same digest. {where}.

{head}
{lines}

The memory beyond that of `imaplib` does not grow with the answer. The goal for it is at most a tenth more.

To measure again:

```sh
cd crates/imaplib-python
python -m venv environment && . environment/bin/activate
pip install maturin
maturin develop --release
python bench/speed.py --write
```

`bench/replay.py` is the server, `bench/subject.py` is one run, and `bench/speed.py` compares and writes this page.
"""


def main():
    parser = argparse.ArgumentParser(description="Measures the drop-in beside imaplib.")
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--only", choices=SCENARIOS, action="append")
    parser.add_argument("--write", action="store_true", help="write the page")
    options = parser.parse_args()
    compile_package()
    lines, missed = [], []
    print(HEAD)
    for scenario in options.only or SCENARIOS:
        line, reached = row(scenario, measure(scenario, options.rounds))
        print(line + ("" if reached else " ***"), flush=True)
        lines.append(line)
        if not reached:
            missed.append(scenario)
    if options.write:
        if options.only:
            sys.exit("a page has all scenarios")
        where = f"Python {platform.python_version()} on {platform.system()}, {platform.machine()}"
        with open(PAGE, "w", encoding="utf-8") as page:
            page.write(TEXT.format(rounds=options.rounds, where=where, head=HEAD, lines="\n".join(lines)))
    if missed:
        sys.exit("*** below the goal: " + ", ".join(missed))


if __name__ == "__main__":
    main()
