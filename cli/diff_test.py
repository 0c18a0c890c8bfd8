# SPDX-License-Identifier: Apache-2.0
"""convcheck diff as a user meets it: bits, errors, speed, exit codes. Run by CTest."""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

COMMAND, TEST_PEERS, SOURCE = (pathlib.Path(path) for path in sys.argv[1:4])
SPINNING = f"so:{TEST_PEERS}/convcheck_peer_spinning.so"
MISBEHAVING = f"so:{TEST_PEERS}/convcheck_peer_misbehaving.so"
PROBLEM = "g1mb1_ic9ih8iw8_oc4oh8ow8_kh3kw3sh1sw1ph1pw1dh0dw0"


class Diff(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.folder.name)

    def tearDown(self):
        self.folder.cleanup()

    def run_diff(self, codes, a, b, *options):
        """The answer with an expected exit code (or one of several), and the report if any."""
        out = self.path / "out.json"
        out.unlink(missing_ok=True)
        answer = subprocess.run(
            [COMMAND, "diff", a, b, "--problem", PROBLEM, "--json", out, *options],
            capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        self.assertIn(answer.returncode, codes if isinstance(codes, tuple) else (codes,), answer)
        if not out.exists():
            return answer, None
        check = [sys.executable, SOURCE / "reports/check_schema.py"]
        subprocess.run([*check, SOURCE / "reports/report.schema.json", out], check=True)
        document = json.loads(out.read_text(encoding="utf-8"))
        self.assertEqual(document["exit_code"], answer.returncode)
        return answer, document

    def test_an_engine_is_the_same_as_itself(self):
        for engine in (SPINNING, "optimized"):
            _, document = self.run_diff(0, engine, engine, "--what", "bits,error")
            (difference,) = document["differences"]
            self.assertEqual((difference["bits"], difference["error"]), ("same", "same"))
            self.assertNotIn("first", difference)
            self.assertNotEqual(difference["a"]["engine"], difference["b"]["engine"])

    def test_a_setting_of_one_side_changes_its_bits(self):
        options = ("--env-b", "SPINNING_BACKWARDS=1")
        answer, document = self.run_diff(1, SPINNING, SPINNING, *options, "--what", "bits,error")
        (difference,) = document["differences"]
        first = difference["first"]
        self.assertEqual(difference["bits"], "differ")
        self.assertNotEqual(first["a_bits"], first["b_bits"])
        self.assertRegex(first["a_bits"], r"^0x[0-9a-f]{8}$")
        self.assertGreaterEqual(first["ulps"], 1)
        self.assertLessEqual(first["ulps"], first["max_ulps"])
        self.assertIn(first["a_bits"], answer.stdout)
        self.assertEqual(difference["b"]["engine"], f"{SPINNING} SPINNING_BACKWARDS=1")
        for side in "ab":
            self.assertLess(difference[side]["accuracy"]["max_bound_used"], 1)
            self.assertEqual(difference[side]["wrong"], "")
        # The other way round the first difference is the same, and the error changes its sign.
        _, swapped = self.run_diff(1, SPINNING, SPINNING, "--env-a", "SPINNING_BACKWARDS=1",
                                   "--what", "bits")  # fmt: skip
        self.assertEqual(swapped["differences"][0]["first"]["b_bits"], first["a_bits"])
        self.assertEqual(swapped["differences"][0]["error"], "unknown")
        # What is not asked does not decide, and an error within the factor is no larger one.
        self.run_diff(0, SPINNING, SPINNING, *options, "--what", "error", "--error-factor", "1000")

    def test_a_wrong_result_is_worse_by_any_factor(self):
        _, document = self.run_diff(1, "reference", "mutant:group-offset-missing", "--problem",
                                    "g2mb1_ic4ih5_oc4kh3ph1", "--what", "error",
                                    "--error-factor", "1000000")  # fmt: skip
        self.assertEqual(document["differences"][1]["error"], "wrong")
        self.assertIn("beyond its bound", document["verdicts"][1]["detail"])
        _, document = self.run_diff(0, "mutant:group-offset-missing", "reference", "--problem",
                                    "g2mb1_ic4ih5_oc4kh3ph1", "--what", "error")  # fmt: skip
        self.assertEqual(document["differences"][1]["error"], "smaller")

    def test_a_result_that_only_one_has(self):
        crashing = f"{MISBEHAVING}#abort"
        answer, document = self.run_diff(1, SPINNING, crashing, "--what", "bits,error")
        self.assertIn("B has no result", answer.stdout)
        self.assertFalse(document["differences"][0]["b"]["ran"])
        self.run_diff(125, crashing, SPINNING, "--what", "bits,error")
        self.run_diff(125, crashing, crashing, "--what", "bits")

    def test_what_cannot_be_judged(self):
        answer, _ = self.run_diff(125, SPINNING, "so:./no-such.so")
        self.assertIn("no-such.so", answer.stderr)
        answer, _ = self.run_diff(125, SPINNING, SPINNING, "--what", "bits,looks")
        self.assertIn("'looks'", answer.stderr)
        answer, _ = self.run_diff(125, SPINNING, SPINNING, "--env-a", "NOVALUE")
        self.assertIn("NAME=VALUE", answer.stderr)
        answer = subprocess.run([COMMAND, "diff", SPINNING], capture_output=True, check=False)
        self.assertEqual(answer.returncode, 2)

    def test_speed(self):
        # How noisy the machine is decides whether ten times the time is called; it is never denied.
        answer, document = self.run_diff(
            (0, 1), SPINNING, SPINNING, "--env-b", "SPINNING_PERCENT=900", "--what", "speed",
            "--quick", "--blocks", "8", "--markdown", self.path / "out.md",
            "--junit", self.path / "out.xml",
        )  # fmt: skip
        (comparison,) = document["comparisons"]
        verdict = comparison["verdict"]
        self.assertIn(verdict, ("slower", "inconclusive"))
        slower = verdict == "slower"
        self.assertEqual(answer.returncode, 1 if slower else 0)
        self.assertIn(f"1 {verdict}", answer.stdout)
        self.assertEqual([t.get("same_as", "") for t in document["timings"]].count(SPINNING), 1)
        self.assertIn(verdict, (self.path / "out.md").read_text(encoding="utf-8"))
        junit = (self.path / "out.xml").read_text(encoding="utf-8")
        self.assertIn(f'failures="{int(slower)}"', junit)

    def test_help_says_what_the_exit_codes_are(self):
        answer = subprocess.run([COMMAND, "diff", "--help"], capture_output=True, text=True,
                                check=False)  # fmt: skip
        self.assertTrue(re.search("git bisect run.*125", answer.stdout, re.DOTALL))


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]], verbosity=2)
