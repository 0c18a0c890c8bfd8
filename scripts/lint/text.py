#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The text of the files: characters, first line, line ends, lengths, leftovers."""

import re
import sys

from common import CPP, lines, main, tree

MAX_COLUMNS = 100  # C++, as .clang-format has it
MAX_LINES = 450

SPDX = "SPDX-License-Identifier: Apache-2.0"
SCRIPT_FOLDERS = {"scripts", ".ci"}
PROSE = {".md", ".json", ".html", ".problems", ".txt"}  # Text, but not our source.
LEFTOVER = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")
HOME_PATH = re.compile(r"(?<![\w.:/$}~-])/(home|Users|root|work)/\w")


def is_source(path):
    script = path.parts[0] in SCRIPT_FOLDERS and path.suffix == ""
    return script or path.name == "CMakeLists.txt" or path.suffix in CPP | {
        ".py", ".cmake", ".sh", ".yml", ".map"
    }


def check_line(path, line):
    """What is wrong with one line, as sentences that also say what would be right."""
    if line != line.rstrip():
        yield "white space at the end of the line; remove it"
    if LEFTOVER.search(line):
        yield f"{LEFTOVER.search(line)[0]} is left in; do it, or file an issue and remove it"
    if HOME_PATH.search(line):
        yield f"{HOME_PATH.search(line)[0]}... exists on one machine only; use a relative path"
    if not is_source(path):
        return
    if not line.isascii():
        column = next(i for i, character in enumerate(line, start=1) if not character.isascii())
        yield f"{line[column - 1]!a} in column {column} is not ASCII; sources are ASCII"
    if path.suffix in CPP and len(line) > MAX_COLUMNS and "://" not in line:
        yield f"{len(line)} columns; at most {MAX_COLUMNS} (clang-format breaks code lines)"


def check_file(path, text):
    """(line number, sentence) for everything that is wrong with one file."""
    if is_source(path):
        first = 1 if text[0].startswith("#!") and len(text) > 1 else 0
        if SPDX not in text[first]:
            yield first + 1, f'the first line is not the licence; write "{SPDX}" in a comment'
        length = len(text) - 1
        if length > MAX_LINES:
            yield length, f"{length} lines; at most {MAX_LINES}, so make it two files"
    if text[-1] != "":
        yield len(text), "no line end at the end of the file; add one"
    for number, line in enumerate(text, start=1):
        for wrong in check_line(path, line):
            yield number, wrong


def check(root):
    return [
        f"{path}:{number}: {wrong}"
        for path in tree(root)
        if is_source(path) or path.suffix in PROSE
        for number, wrong in check_file(path, lines(root / path))
    ]


if __name__ == "__main__":
    sys.exit(main(check))
