# SPDX-License-Identifier: Apache-2.0
"""Known failures: excused, and failing themselves when they are no longer so. Run by CTest."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

COMMAND, SOURCE = (pathlib.Path(path) for path in sys.argv[1:3])
RIGHT = "g1mb1_ic1ih4iw4_oc1oh4ow4_kh3kw3sh1sw1ph1pw1dh0dw0"
WRONG = "g1mb1_ic1ih9iw9_oc1oh5ow5_kh3kw3sh1sw1ph0pw0dh1dw1"


class Expectations(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.known = pathlib.Path(folder.name) / "known.json"
        self.suite = pathlib.Path(folder.name) / "mine.problems"
        self.suite.write_text(f"{RIGHT}\n{WRONG}\n", encoding="utf-8")

    def write(self, **changes):
        entry = {"engine": "mutant:*", "check": "*", "problem": WRONG, "reason": "planted",
                 "expires": "2999-12-31", **changes}
        text = json.dumps({"format": 1, "known_failures": [entry]})
        self.known.write_text(text, encoding="utf-8")

    def validate(self, code, words, *arguments, engine="mutant:dilation-ignored", suite=True):
        where = ["--suite", self.suite] if suite else []
        answer = subprocess.run(
            [COMMAND, "validate", "--engine", engine, "--profile", "smoke", *where,
             "--expectations", self.known, *arguments],
            capture_output=True, text=True, timeout=240, check=False)
        self.assertEqual(answer.returncode, code, answer)
        self.assertIn(words, answer.stdout + answer.stderr)

    def test_a_known_failure_does_not_fail_and_what_is_none_does(self):
        self.write(check="indexing")
        self.validate(1, "arithmetic refuted")
        report = self.known.with_name("report.json")
        junit = self.known.with_name("junit.xml")
        self.validate(0, "1 known", "--passes", "indexing", "--json", report, "--junit", junit)
        check = [sys.executable, SOURCE / "reports/check_schema.py"]
        subprocess.run([*check, SOURCE / "reports/report.schema.json", report], check=True)
        self.assertEqual([v.get("known_failure") for v in json.loads(report.read_text())["verdicts"]],
                         [None, "planted"])
        self.assertIn('failures="0" skipped="1"', junit.read_text(encoding="utf-8"))
        self.write(check="indexing", problem="*")
        self.validate(1, "over-broad: 1 verdicts fail, and 1 hold", "--passes", "indexing")
        self.write(check="indexing", expires="2020-01-01")
        self.validate(1, "expired on 2020-01-01", "--passes", "indexing")
        self.write(check="indexing", problem=RIGHT)
        self.validate(1, "unexpected-pass", "--passes", "indexing")
        self.write(check="nosuch")
        self.validate(1, "stale")

    def test_the_file_is_written_anew_from_whole_runs_alone(self):
        self.validate(2, "cannot open")
        self.validate(2, "--passes leaves passes out", "--fix", "--passes", "indexing")
        self.validate(2, "--match 'ic1' leaves problems out", "--fix", "--match", "ic1")
        self.validate(2, "--problem asks", "--fix", "--problem", RIGHT, suite=False)
        self.validate(2, "an engine could not be started", "--fix", engine="nosuch")
        self.assertFalse(self.known.exists())
        self.validate(0, "known", "--fix")
        entries = json.loads(self.known.read_text(encoding="utf-8"))["known_failures"]
        self.assertEqual({entry["problem"] for entry in entries}, {WRONG})
        self.assertIn("the dilation of the height is 1, not 2", entries[0]["reason"])
        self.validate(0, "known")
        self.validate(0, "every demanded law holds", engine="optimized")

    def test_bad_input_is_said(self):
        self.write(expires="tomorrow")
        self.validate(2, "/known_failures/0/expires is 'tomorrow'")
        self.known.write_text("none", encoding="utf-8")
        self.validate(2, "known.json")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
