#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a stranger does: install convcheck, copy the template, build it, and run its test.

usage: template_test.py CMAKE CTEST BUILD_DIRECTORY SOURCE_DIRECTORY

The copy lies outside the tree. Its test must pass; with a bug planted in its library it must fail
and say where. A Python peer must be found in the installed place, too.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

BUG = ("j >= s->image[1]) continue;", "j >= s->image[1] - 1) continue;")


def run(*command, check=True, **options):
    # A stranger's environment does not say how this project is built.
    hidden = ("CFLAGS", "CXXFLAGS", "LDFLAGS")
    environment = {key: value for key, value in os.environ.items() if key not in hidden}
    result = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, env=environment, **options
    )
    if check and result.returncode != 0:
        print(result.stdout + result.stderr)
        raise SystemExit(f"{' '.join(map(str, command))} exits with {result.returncode}")
    return result


def main():
    cmake, ctest, build, source = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="convcheck-template-") as folder:
        prefix, copy = pathlib.Path(folder, "prefix"), pathlib.Path(folder, "project")
        run(cmake, "--install", build, "--prefix", prefix)
        for file in ("bin/convcheck", "include/convcheck_peer.h", "share/convcheck/suites/edge.problems",
                     "lib/convcheck/peers/python/convcheck_peer.py"):  # fmt: skip
            assert (prefix / file).is_file(), f"{file} is not installed"
        shutil.copytree(pathlib.Path(source, "docs/template"), copy)
        binary = copy / "build"
        run(cmake, "-S", copy, "-B", binary, f"-DCMAKE_PREFIX_PATH={prefix}")
        run(cmake, "--build", binary)
        test = [ctest, "--test-dir", binary, "--output-on-failure"]
        passed = run(*test)
        assert "my_library.validation" in passed.stdout, passed.stdout
        report = json.loads((binary / "my_library.validation.json").read_text())
        assert report["engines"][0]["name"].startswith("so:"), report["engines"]

        library = copy / "my_library.c"
        text = library.read_text()
        assert BUG[0] in text
        library.write_text(text.replace(*BUG))
        run(cmake, "--build", binary)
        failed = run(*test, check=False)
        assert failed.returncode != 0, "the planted bug is not found"
        assert "indexing" in failed.stdout, failed.stdout

        listed = run(prefix / "bin/convcheck", "engines")
        assert "textbook" in listed.stdout, listed.stdout
        peer = prefix / "lib/convcheck/peers/python/convcheck_peer.py"
        example = pathlib.Path(source, "peers/examples/numpy_conv.py")
        engine = f"exec:{sys.executable} {peer} {example}:conv"
        run(prefix / "bin/convcheck", "validate", "--engine", engine, "--problem",
            "mb1_ic2oc3_ih5oh5kh3sh1dh0ph1_iw5ow5kw3sw1dw0pw1", "--profile", "smoke")  # fmt: skip
    print("the template builds outside the tree, passes, and fails with a bug")


if __name__ == "__main__":
    main()
