# SPDX-License-Identifier: Apache-2.0
"""What the lints share: the tree's files, and how a lint reports."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CPP = {".cpp", ".hpp", ".h", ".c", ".inc"}


def tree(root):
    """Every file below root in order, as paths relative to it; no builds, no hidden folders."""
    shown, skipped = {".ci", ".github"}, {"build", "__pycache__"}
    files, folders = [], [root]
    while folders:
        for path in folders.pop().iterdir():
            if path.is_dir() and not path.is_symlink():
                hidden = path.name.startswith(".") and path.name not in shown
                if path.name not in skipped and not hidden:
                    folders.append(path)
            elif path.is_file():
                files.append(path.relative_to(root))
    return sorted(files)


def lines(path):
    """The lines of a text file; what is no UTF-8 comes out as a lone surrogate, thus not ASCII."""
    return path.read_bytes().decode("utf-8", errors="surrogateescape").split("\n")


def main(check):
    """Runs check(root) on the tree, or on the folder named on the command line."""
    failures = check(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT)
    for failure in failures:
        print(failure)
    return 1 if failures else 0
