#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every engine that is there, judged on a few problems at reduced effort, held to what is known.

usage: peers_test.py CONVCHECK SOURCE_DIRECTORY

What fails stands in peers/expectations.json; anything else that fails, fails this test. An engine that
supports none of the problems fails it, too.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

PROBLEMS = [
    "mb1_ic1oc1_ih9oh9kh3sh1dh0ph1_iw8ow8kw3sw1dw0pw1",
    "bias:g2mb2_ic4oc6_ih9oh5kh3sh2dh0ph1_iw8ow4kw3sw2dw0pw1",
    "mb2_ic3oc4_iw33ow29kw5sw1dw0pw0",
    "true:mb1_ic1oc1_iw40ow40kw5sw1dw0pw2",
    "mb1_ic2oc2_id5od3kd3sd1dd0pd0_ih6oh6kh3sh1dh0ph1_iw7ow5kw3sw1dw0pw0",
    "deconv:mb1_ic3oc2_ih5oh9kh3sh2dh0ph1_iw4ow8kw4sw2dw0pw1",
    "wgrad:mb2_ic3oc2_ih6oh6kh3sh1dh0ph1_iw7ow7kw3sw1dw0pw1",
    "f64:mb1_ic1oc1_ih9oh9kh3sh1dh0ph1_iw8ow8kw3sw1dw0pw1",
]
# Variants of adapters, where the adapter is there.
VARIANTS = [
    *("eigen:tensor", "fftw:padded", "fftw:overlap_save", "numpy:correlate", "opencv:dnn"),
    *("scipy:fftconvolve", "scipy:oaconvolve", "scipy:ndimage"),
]
BUILT_IN = {"reference", "optimized", "naive", "onednn", "textbook", "ten_lines"}


def run(*command):
    return subprocess.run([str(c) for c in command], capture_output=True, text=True)


def available(convcheck):
    """Names of the engines that `convcheck engines` lists as loaded."""
    table = run(convcheck, "engines").stdout.split("\n\n")[0].splitlines()[1:]
    lines = (re.split(r"  +", line.strip(), maxsplit=1) for line in table if line.strip())
    return [name for name, rest in lines if "unavailable:" not in rest]


def main():
    convcheck, source = sys.argv[1:]
    engines = [name for name in available(convcheck) if name.split(":")[0] not in BUILT_IN]
    engines += [v for v in VARIANTS if v.split(":")[0] in engines]
    assert "eigen" in engines, f"engines are {engines}"
    with tempfile.TemporaryDirectory(prefix="convcheck-peers-") as folder:
        report = pathlib.Path(folder, "report.json")
        arguments = ["--profile", "smoke", "--json", report]
        arguments += ["--expectations", pathlib.Path(source, "peers/expectations.json")]
        for problem in PROBLEMS:
            arguments += ["--problem", problem]
        for engine in engines:
            arguments += ["--engine", engine]
        judged = run(convcheck, "validate", *arguments)
        if judged.returncode != 0:
            print(judged.stdout + judged.stderr)
            raise SystemExit(f"convcheck validate exits with {judged.returncode}")
        holds = {engine: 0 for engine in engines}
        for verdict in json.loads(report.read_text())["verdicts"]:
            holds[verdict["engine"]] += verdict["verdict"] == "holds"
        idle = [engine for engine, count in holds.items() if count < 3]
        assert not idle, f"hardly anything was judged of {idle}: {holds}"
    print(", ".join(f"{engine}: {count}" for engine, count in holds.items()))


if __name__ == "__main__":
    main()
