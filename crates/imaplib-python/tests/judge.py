"""Runs CPython's own tests of imaplib, from the standard library of the Python that runs this, on the drop-in.

    python tests/judge.py [-v]

Nothing of those tests is in this repository. They run twice, on the ``imaplib`` of the standard library and on the drop-in:
as many tests must run, and as many be skipped. Where the tests are not installed, that is reported.
"""

import io
import importlib
import sys
import unittest


def run(verbose):
    """Runs the tests on the module that is ``imaplib`` now."""
    for name in [name for name in sys.modules if name.startswith("test.test_imaplib")]:
        del sys.modules[name]
    module = importlib.import_module("test.test_imaplib")
    assert module.imaplib is sys.modules["imaplib"]
    tests = unittest.defaultTestLoader.loadTestsFromModule(module)
    output = sys.stderr if verbose else io.StringIO()
    result = unittest.TextTestRunner(output, verbosity=2 if verbose else 1).run(tests)
    for test, trace in result.failures + result.errors:
        print(f"*** {test}\n{trace}")
    return result


def main():
    try:
        import test.support
        import test.test_imaplib  # noqa: F401
    except ImportError as error:
        print(f"*** NOT tested: CPython's tests of imaplib, which are not installed: {error}")
        return 0
    test.support.verbose = verbose = "-v" in sys.argv
    stock = run(verbose)
    import imaplib_rs.compat

    sys.modules["imaplib"] = imaplib_rs.compat
    ours = run(verbose)
    counts = [(result.testsRun, len(result.skipped)) for result in (stock, ours)]
    version = ".".join(map(str, sys.version_info[:3]))
    print(
        f"Python {version}: stock {counts[0][0]} run, {counts[0][1]} skipped; drop-in {counts[1][0]} run, {counts[1][1]} skipped"
    )
    print(
        f"{ours.testsRun - len(ours.failures) - len(ours.errors)} passed, {len(ours.failures) + len(ours.errors)} failed"
    )
    return 0 if ours.wasSuccessful() and counts[0] == counts[1] else 1


if __name__ == "__main__":
    sys.exit(main())
