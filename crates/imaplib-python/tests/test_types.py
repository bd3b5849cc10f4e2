"""The types: mypy --strict accepts the package, and stubs and modules agree."""

import os
import subprocess
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).parents[1]
try:
    import mypy  # noqa: F401

    HAS_MYPY = True
except ImportError:
    HAS_MYPY = False

# Runs stubtest on imaplib, where that is the drop-in if the first argument is so.
STUBTEST = """
import sys
if sys.argv[1] == "drop-in":
    import imaplib_rs.replace
    imaplib_rs.replace.activate()
import imaplib
assert imaplib.__name__.startswith("imaplib_rs") == (sys.argv[1] == "drop-in")
sys.argv = ["stubtest", "imaplib", "--concise"]
from mypy.stubtest import main
sys.exit(main())
"""


def run(*arguments):
    environment = {**os.environ, "IMAPLIB_RS": "1"}
    made = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600
    )
    return made.returncode, made.stdout + made.stderr


@unittest.skipUnless(HAS_MYPY or os.environ.get("CI"), "*** NOT tested: the types, for there is no mypy")
class Types(unittest.TestCase):
    maxDiff = 4000

    def test_mypy_accepts_the_package(self):
        code, output = run("-m", "mypy")
        self.assertEqual(code, 0, output)

    def test_mypy_finds_what_is_wrong(self):
        wrong = "import imaplib_rs\nwith imaplib_rs.connect('imaps://a') as s:\n    s.select().search().nothing\n"
        code, output = run("-m", "mypy", "--config-file", os.devnull, "--strict", "-c", wrong)
        self.assertEqual(code, 1, output)
        self.assertIn('"UidSet" has no attribute "nothing"', output)

    def test_the_stub_of_what_is_written_in_rust(self):
        code, output = run("-m", "mypy.stubtest", "imaplib_rs._native", "--concise", "--ignore-missing-stub")
        self.assertEqual(code, 0, output)

    def test_the_drop_in_agrees_with_the_types_of_imaplib_as_imaplib_does(self):
        stock, ours = (run("-c", STUBTEST, subject)[1] for subject in ("stock", "drop-in"))
        self.assertEqual(ours, stock)


if __name__ == "__main__":
    unittest.main()
