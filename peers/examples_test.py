#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The complete examples of docs/peers.md, as they stand there: built, judged, and timed.

usage: examples_test.py CONVCHECK SOURCE_DIRECTORY CC CXX
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

# A fenced block whose first line names its file: "/* sum_of_taps.c: ...", "# windows.py: ...".
BLOCK = re.compile(r"^```(?:c|cpp|python|javascript)\n((?:/\*|//|#) (\w+\.\w+): .*?)^```$", re.S | re.M)
PROBLEMS = {
    "sum_of_taps.c": "mb2_ic3oc4_ih7oh5kh3sh1dh0ph0_iw6ow4kw3sw1dw0pw0",
    "packed.cpp": "bias:mb2_ic3oc4_ih5oh5kh1sh1dh0ph0_iw4ow4kw1sw1dw0pw0",
    "windows.py": "mb2_ic3oc4_ih7oh3kh3sh2dh0ph0_iw6ow2kw3sw2dw0pw0",
    "loops.js": "mb2_ic3oc4_iw9ow5kw3sw2dw0pw1",
}


def run(*command, **options):
    result = subprocess.run(command, capture_output=True, text=True, **options)
    if result.returncode != 0:
        print(result.stdout + result.stderr)
        raise SystemExit(f"{' '.join(map(str, command))} exits with {result.returncode}")
    return result.stdout


def main():
    convcheck, source, cc, cxx = sys.argv[1:]
    page = pathlib.Path(source, "docs/peers.md").read_text()
    files = {name: text for text, name in BLOCK.findall(page)}
    assert files.keys() == PROBLEMS.keys(), f"docs/peers.md has {sorted(files)}"
    header = f"-I{source}/peers"
    module = pathlib.Path(source, "peers/python/convcheck_peer.py")
    with tempfile.TemporaryDirectory(prefix="convcheck-examples-") as folder:
        for name, text in files.items():
            path = pathlib.Path(folder, name)
            path.write_text(text)
            if name.endswith(".c"):
                run(cc, "-std=c99", "-O2", "-Wall", "-Werror", "-shared", "-fPIC", header, path,
                    "-o", f"{folder}/{name}.so")  # fmt: skip
                engine = f"so:{folder}/{name}.so"
            elif name.endswith(".cpp"):
                run(cxx, "-std=c++17", "-O2", "-Wall", "-Werror", "-shared", "-fPIC", header, path,
                    "-o", f"{folder}/{name}.so")  # fmt: skip
                engine = f"so:{folder}/{name}.so"
            elif name.endswith(".py"):
                engine = f"exec:{sys.executable} {module} {path}:conv"
            elif shutil.which("node"):
                engine = f"exec:node {path}"
            else:
                print(f"{name}: not run, there is no node")
                continue
            report = f"{folder}/{name}.json"
            problem = PROBLEMS[name]
            run(convcheck, "validate", "--engine", engine, "--problem", problem, "--profile",
                "smoke", "--json", report)  # fmt: skip
            verdicts = json.loads(pathlib.Path(report).read_text())["verdicts"]
            held = [v for v in verdicts if v["verdict"] == "holds"]
            assert len(held) >= 5, f"{name}: only {len(held)} verdicts hold"
            timed = f"{folder}/{name}.timed.json"
            run(convcheck, "bench", "--engine", engine, "--problem", problem, "--quick",
                "--json", timed)  # fmt: skip
            print(f"{name}: {len(held)} verdicts hold, and it can be timed")


if __name__ == "__main__":
    main()
