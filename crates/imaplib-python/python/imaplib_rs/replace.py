"""Lets `import imaplib` find the drop-in.

    python -m imaplib_rs.replace            shows whether it does
    python -m imaplib_rs.replace --install  from the next start of this Python (or virtual environment) on
    python -m imaplib_rs.replace --undo     no longer

The environment variable IMAPLIB_RS=0 switches it off for one process. A program that wants it for itself alone calls
:func:`activate` before anything imports ``imaplib``.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import ModuleSpec

# Each Python that starts reads this: what the command needs is imported there, and for types nothing.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.abc import Loader
    from types import ModuleType
else:
    Loader = object

# Python up to 3.14 reads the first, later ones the second.
_FILES = {
    "imaplib_rs.pth": "import imaplib_rs.replace; imaplib_rs.replace.activate()\n",
    "imaplib_rs.start": "imaplib_rs.replace:activate\n",
}


class _Loader(Loader):
    """Loads the drop-in under the other name: it is one module, so that what is set on one is set on both."""

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        from . import compat

        self._spec = compat.__spec__
        return compat

    def exec_module(self, module: ModuleType) -> None:
        # Importing under another name has changed it.
        module.__spec__ = self._spec


class _Finder:
    """Finds the drop-in for ``imaplib``."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != "imaplib":
            return None
        return ModuleSpec(name, _Loader())


def activate() -> None:
    """Lets `import imaplib` find the drop-in in this process, unless IMAPLIB_RS is 0."""
    if os.environ.get("IMAPLIB_RS") != "0" and _Finder not in sys.meta_path:
        sys.meta_path.insert(0, _Finder)


def deactivate() -> None:
    """Undoes :func:`activate`. What was imported stays."""
    if _Finder in sys.meta_path:
        sys.meta_path.remove(_Finder)


def main(arguments: Sequence[str] | None = None) -> int:
    import argparse
    import sysconfig
    from pathlib import Path

    parser = argparse.ArgumentParser(
        prog="python -m imaplib_rs.replace", description="Replaces imaplib by the drop-in."
    )
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--install", action="store_true", help="from the next start of this Python on")
    group.add_argument("--undo", action="store_true", help="no longer")
    parser.add_argument("--folder", type=Path, default=Path(sysconfig.get_path("purelib")), help="site-packages")
    options = parser.parse_args(arguments)
    files = {options.folder / name: text for name, text in _FILES.items()}
    try:
        for file, text in files.items():
            if options.install:
                file.write_text(text)
            elif options.undo:
                file.unlink(missing_ok=True)
    except OSError as error:
        print(f"{error.filename}: {error.strerror}; is this folder yours to change?", file=sys.stderr)
        return 1
    state = "is the drop-in" if any(file.exists() for file in files) else "is that of the standard library"
    print(f"imaplib {state} for programs that use {options.folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
