#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Files against lists: a kernel, law, mutant or peer that no list names would never run."""

import re
import sys
from typing import NamedTuple

from common import lines, main


class Registry(NamedTuple):
    """Files `folder/NAME.cpp`, and a list with one entry for each that `entry` matches."""

    folder: str
    list_file: str
    entry: str  # Regular expression; its one group is NAME.
    example: str  # How the entry of NAME is written.


REGISTRIES = [
    Registry(
        "optimized/kernels",
        "optimized/kernels.inc",
        r"^\s*CONVCHECK_KERNEL\((\w+)\)",
        "CONVCHECK_KERNEL(NAME)",
    ),
    Registry(
        "properties/laws",
        "properties/laws.inc",
        r"^\s*CONVCHECK_LAW\((\w+)\)",
        "CONVCHECK_LAW(NAME)",
    ),
    Registry(
        "properties/mutants",
        "properties/mutants.inc",
        r"^\s*CONVCHECK_MUTANT\((\w+)\)",
        "CONVCHECK_MUTANT(NAME)",
    ),
    Registry(
        "properties/innocents",
        "properties/innocents.inc",
        r"^\s*CONVCHECK_INNOCENT\((\w+)\)",
        "CONVCHECK_INNOCENT(NAME)",
    ),
    Registry(
        "peers/adapters",
        "peers/CMakeLists.txt",
        # Without sources of its own, an entry means adapters/NAME.cpp.
        r"^\s*convcheck_add_peer\((\w+)(?=\s*\)|\s+DEPENDS|\s*$)",
        "convcheck_add_peer(NAME)",
    ),
]


def check_registry(root, registry):
    list_file = root / registry.list_file
    sources = (root / registry.folder).glob("*.cpp")
    files = {path.stem for path in sources if not path.stem.endswith("_test")}
    if not list_file.is_file():
        missing = f"{registry.folder}:1: no list names its files; it would be {registry.list_file}"
        return [missing] if files else []
    failures, listed = [], {}
    for number, line in enumerate(lines(list_file), start=1):
        entry = re.match(registry.entry, line)
        if not entry:
            continue
        name, where = entry[1], f"{registry.list_file}:{number}"
        if name in listed:
            failures.append(f"{where}: {name} is listed twice, first on line {listed[name]}")
        elif name not in files:
            failures.append(f"{where}: {name} has no file; it would be {registry.folder}/{name}.cpp")
        listed.setdefault(name, number)
    for name in sorted(files - listed.keys()):
        failures.append(
            f"{registry.folder}/{name}.cpp:1: not listed, so it never runs; add "
            f"{registry.example.replace('NAME', name)} to {registry.list_file}"
        )
    return failures


def check(root):
    return [failure for registry in REGISTRIES for failure in check_registry(root, registry)]


if __name__ == "__main__":
    sys.exit(main(check))
