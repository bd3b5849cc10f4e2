"""Runs the tests of programs that use imaplib, on imaplib and on the drop-in: each test must have the same outcome.

    python tests/judges.py [NAME ...]

Their sources are fetched from PyPI into a temporary folder, and nothing of them is in this repository. Tests that need a server
on the network have the same outcome because it cannot be reached. The exit code is 1 if any outcome differs.
"""

import json
import os
import subprocess
import sys
import tarfile
import tempfile

# What is fetched, and where its tests are.
JUDGES = {
    "IMAPClient": ("IMAPClient==4.1.0", "tests"),
    "imap_tools": ("imap-tools==1.16.0", "tests"),
    "getmail6": ("getmail6==6.20.2", "test"),
}

# What the archive on PyPI lacks: the class that most of the tests of IMAPClient build on, made anew. Its certificates are missing,
# too, so that the six tests of TLS fail on both.
MISSING = {
    "IMAPClient": {
        "tests/imapclient_test.py": """
import unittest
from imapclient.testable_imapclient import TestableIMAPClient

class IMAPClientTest(unittest.TestCase):
    def setUp(self):
        self.client = TestableIMAPClient()
""",
    },
}

# Runs in a process of its own, beside the sources.
RUN = """
import json, sys, unittest
if {ours}:
    import imaplib_rs.replace
    imaplib_rs.replace.activate()
import imaplib
assert imaplib.__name__.startswith("imaplib_rs") == {ours}, imaplib
sys.path.insert(0, ".")

class Outcomes(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.of = {{}}
    def addSuccess(self, test):
        self.of[test.id()] = "passed"
    def addError(self, test, error):
        self.of[test.id()] = "error: " + error[0].__name__
    def addFailure(self, test, error):
        self.of[test.id()] = "failed"
    def addSkip(self, test, reason):
        self.of[test.id()] = "skipped"
    def addSubTest(self, test, subtest, error):
        if error is not None:
            self.of[subtest.id()] = "error: " + error[0].__name__

outcomes = Outcomes()
unittest.defaultTestLoader.discover({folder!r}, top_level_dir=".").run(outcomes)
print("\\n" + json.dumps(outcomes.of))
"""


def fetch(requirement, folder):
    """The folder of the sources."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*command, "--no-binary", ":all:", "--dest", folder, requirement], check=True)
    (archive,) = [name for name in os.listdir(folder) if name.endswith(".tar.gz")]
    with tarfile.open(os.path.join(folder, archive)) as sources:
        sources.extractall(folder, filter="data") if hasattr(tarfile, "data_filter") else sources.extractall(folder)
    return os.path.join(folder, archive.removesuffix(".tar.gz"))


def outcomes(sources, tests, ours):
    """The outcome of each test, by its name."""
    if not os.path.exists(os.path.join(sources, tests, "__init__.py")):
        # Else the tests could not be found from above.
        open(os.path.join(sources, tests, "__init__.py"), "w").close()
    environment = {**os.environ, "IMAPLIB_RS": "1" if ours else "0"}
    command = [sys.executable, "-c", RUN.format(ours=ours, folder=tests)]
    run = subprocess.run(command, cwd=sources, env=environment, capture_output=True, text=True, timeout=600)
    if run.returncode:
        sys.exit(f"the tests cannot be run: {run.stderr}")
    return json.loads(run.stdout.splitlines()[-1])


def judge(name):
    requirement, tests = JUDGES[name]
    with tempfile.TemporaryDirectory() as folder:
        sources = fetch(requirement, folder)
        for file, text in MISSING.get(name, {}).items():
            with open(os.path.join(sources, file), "x") as made:
                made.write(text)
        stock, ours = (outcomes(sources, tests, ours) for ours in (False, True))
    passed = sum(outcome == "passed" for outcome in stock.values())
    different = {test: (stock.get(test), ours.get(test)) for test in {*stock, *ours} if stock.get(test) != ours.get(test)}
    print(f"{name}: {len(stock)} tests, {passed} pass on imaplib; {len(different)} have another outcome on the drop-in")
    for test, (before, now) in sorted(different.items()):
        print(f"*** {test}: {before} on imaplib, {now} on the drop-in")
    return not different


if __name__ == "__main__":
    # All of them, whatever the first comes to.
    sys.exit(0 if all([judge(name) for name in sys.argv[1:] or JUDGES]) else 1)
