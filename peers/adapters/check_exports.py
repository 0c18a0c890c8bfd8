#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every peer module in a folder shows the loader one symbol, convcheck_peer_v1, and no other.

usage: check_exports.py NM FOLDER
"""

import pathlib
import subprocess
import sys


def exported(nm: str, module: pathlib.Path) -> list[str]:
    command = [nm, "--dynamic", "--defined-only", "--format=posix", str(module)]
    listing = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [line.split()[0] for line in listing.splitlines()]


def main() -> int:
    nm, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    modules = sorted(folder.glob("*.so"))
    if not modules:
        print(f"{folder}: no peer module to look at")
        return 1
    wrong = 0
    for module in modules:
        names = exported(nm, module)
        if names != ["convcheck_peer_v1"]:
            wrong += 1
            print(f"{module.name} exports {', '.join(names) or 'nothing'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
