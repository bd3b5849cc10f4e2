"""`import imaplib` finds the drop-in after it was installed, and no longer after that was undone."""

import os
import subprocess
import sys
import tempfile
import unittest

# Which module it is, and whether both names are one.
LOOK = "import imaplib, sys; m = sys.modules.get('imaplib_rs.compat'); print(imaplib.__name__, imaplib is m)"


class Replace(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def python(self, code, **environment):
        run = subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, **environment}, capture_output=True, text=True, timeout=60
        )
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(run.stderr, "")
        return run.stdout.strip()

    def started(self, **environment):
        """What a Python sees that starts with this site folder."""
        return self.python(f"import site; site.addsitedir({self.folder!r}); {LOOK}", **environment)

    def tool(self, *arguments):
        return self.python(f"from imaplib_rs import replace; replace.main({[*arguments, '--folder', self.folder]!r})")

    def test_it_is_installed_and_undone(self):
        stock = "imaplib False"
        self.assertEqual(self.started(), stock)
        self.assertIn("is the drop-in", self.tool("--install"))
        self.assertEqual(self.started(), "imaplib_rs.compat True")
        self.assertEqual(self.started(IMAPLIB_RS="0"), stock)
        self.assertIn("is the drop-in", self.tool())
        self.assertIn("standard library", self.tool("--undo"))
        self.assertEqual(os.listdir(self.folder), [])
        self.assertEqual(self.started(), stock)

    def test_for_one_process(self):
        code = "from imaplib_rs import replace; replace.activate(); replace.activate(); import imaplib\n"
        self.assertEqual(self.python(code + LOOK), "imaplib_rs.compat True")
        what = "imaplib._MAXLINE = 5; from imaplib_rs import compat; print(compat._MAXLINE, compat.__spec__.name)"
        self.assertEqual(self.python(code + what), "5 imaplib_rs.compat")


if __name__ == "__main__":
    unittest.main()
