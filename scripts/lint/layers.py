#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who may include whom, and who may print: the table of rooms in docs/architecture.md."""

import re
import sys

from common import CPP, lines, main, tree

# room: (rooms it may include, libraries it may include)
EVERYWHERE = {"fmt", "tl"}
ROOMS = {
    "core": (set(), set()),
    "reference": ({"core"}, {"boost", "hwy"}),
    "optimized": ({"core"}, {"hwy"}),
    "peers": ({"core"}, {"nlohmann"}),
    "properties": ({"core", "reference"}, {"rapidcheck", "Eigen"}),
    "benchmarks": ({"core", "reference"}, {"benchmark", "hwy"}),  # hwy: the FMA peak, per target.
    "reports": ({"core"}, {"nlohmann"}),
    "cli": (
        {"core", "reference", "optimized", "peers", "properties", "benchmarks", "reports"},
        {"CLI", "nlohmann", "benchmark", "hwy"},  # hwy: the vector targets a report names.
    ),
}
SYSTEM_FOLDERS = {"sys", "linux", "asm", "arpa", "netinet"}
LIBRARY_HEADERS = {"rapidcheck", "dnnl", "fftw3", "xnnpack"}  # Those that lie in no folder.

INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')
STRING = re.compile(r'"(\\.|[^"\\])*"')
PRINTS = re.compile(
    r"\bstd::(cout|cerr|clog|quick_exit)\b|\bfmt::print\("
    r"|(?<![\w:.>])(std::)?(printf|puts|putchar|exit)\("
)


def check_include(room, quote, target):
    """What is wrong with one include line of a file in `room`, or None."""
    rooms, libraries = ROOMS[room]
    top = re.split(r"[/.]", target)[0]
    if top in ROOMS and "/" in target:
        if top != room and top not in rooms:
            allowed = ", ".join(sorted(rooms)) or "no other room"
            return f"{room}/ may not include {top}/; it may include {allowed}"
    elif "/" not in target and quote == '"':
        return f'"{target}" does not start at the repository root; write "{room}/.../{target}"'
    elif top in LIBRARY_HEADERS or ("/" in target and top not in SYSTEM_FOLDERS):
        if top not in libraries | EVERYWHERE:
            allowed = ", ".join(sorted(libraries | EVERYWHERE))
            return f"{room}/ may not include the library {top}; it may include {allowed}"
    return None


def check(root):
    failures = []
    for path in tree(root):
        room = path.parts[0]
        if path.suffix not in CPP or room not in ROOMS:
            continue
        # A test may link any room, and judges engines side by side; so do the peers made for tests.
        test = "_test" in path.stem or "testpeers" in path.parts
        adapter = path.parts[:2] == ("peers", "adapters")  # Its own library: it includes a peer's.
        for number, line in enumerate(lines(root / path), start=1):
            include = INCLUDE.match(line)
            if include and not test:
                quote, target = include.groups()
                outside = adapter and target.split("/")[0] not in ROOMS and quote == "<"
                wrong = None if outside else check_include(room, quote, target)
                if wrong:
                    failures.append(f"{path}:{number}: {wrong}")
            code = STRING.sub('""', line).split("//")[0]
            if room != "cli" and not test and not adapter and PRINTS.search(code):
                failures.append(
                    f"{path}:{number}: only cli/ prints or exits; return a Result or a report struct"
                )
    return failures


if __name__ == "__main__":
    sys.exit(main(check))
