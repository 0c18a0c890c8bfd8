# SPDX-License-Identifier: Apache-2.0
"""convcheck verify: reports as they are, changed and broken. Run by CTest."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

COMMAND = pathlib.Path(sys.argv[1])
SUITE = """mb1ic3ih5oc4oh5kh3ph1
deconv:mb1g2ic4ih3oc4oh5kh3sh2ph1
u8-s8-s32:mb1ic4ih4oc3oh4kh3ph1
mb1ic2iw7oc3ow5kw3pw0 | mb1ic3iw5oc2ow5kw3pw1
"""


def run(*arguments):
    return subprocess.run([COMMAND, *arguments], capture_output=True, text=True, timeout=240,
                          check=False)


class Verify(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        suite = cls.folder / "mine.problems"
        suite.write_text(SUITE, encoding="utf-8")
        path = cls.folder / "report.json"
        answer = run("validate", "--engines", "optimized,reference", "--suite", suite, "--seed",
                     "18446744073709551615", "--json", path)
        assert answer.returncode == 0, answer
        cls.report = json.loads(path.read_text(encoding="utf-8"))

    def verify(self, code, words, *arguments, change=lambda report: None):
        report = json.loads(json.dumps(self.report))
        change(report)
        path = self.folder / "changed.json"
        path.write_text(json.dumps(report), encoding="utf-8")
        answer = run("verify", path, *arguments)
        self.assertEqual(answer.returncode, code, answer)
        self.assertIn(words, answer.stdout + answer.stderr)

    def test_a_report_as_it_was_written_is_verified(self):
        results = self.report["exact_results"]
        self.assertGreater(len(results), 20)
        self.assertEqual(len({(r["problem"], r["fill"]) for r in results}), len(results))
        self.verify(0, f"20 of {len(results)} exact results computed again: 20 as reported")
        self.verify(0, f"{len(results)} as reported", "--all")
        self.verify(0, "3 as reported", "--sample", "3", "--seed", "7")

    def test_every_report_says_what_it_would_have_seen(self):
        power = self.report["power"]
        self.assertEqual((power["basis"], power["problems"], power["faults"]), ("none", 4, 0))
        chances = {e["share"]: e["chance"] for e in power["escapes"]}
        self.assertAlmostEqual(chances[0.2], 0.8**4)
        path = self.folder / "edge.json"
        edge = ["validate", "--engine", "optimized", "--suite", "edge", "--profile", "smoke"]
        answer = run(*edge, "--json", path)
        self.assertIn("Power: the record of edge says: seen are ", answer.stdout)
        power = json.loads(path.read_text(encoding="utf-8"))["power"]
        self.assertEqual((power["basis"], power["suites"]), ("recorded", ["edge"]))
        self.assertEqual(power["seen"] + len(power["missed"]), power["faults"])
        # It has no problem with as many channels.
        self.assertIn("channel-in-eight-bits", power["missed"])
        answer = run(*edge, "--match", "pixel")
        self.assertIn("Power: of these problems nothing is recorded", answer.stdout)

    def test_what_was_changed_is_seen(self):
        def result(report):
            report["exact_results"][5]["result"] = "0" * 16

        def operands(report):
            report["exact_results"][5]["operands"] = "0" * 16

        def seed(report):
            report["exact_results"][5]["seed"] = 3

        def verdict(report):
            report["verdicts"][0]["failure"] = True

        self.verify(1, "the exact result is", "--all", change=result)
        self.verify(1, "1 not", "--all", change=result)
        self.verify(1, "the operands are others", "--all", change=operands)
        self.verify(1, "the operands are others", "--all", change=seed)
        self.verify(1, "1 verdicts fail, and the exit code is 0", change=verdict)

    def test_input_that_is_none_is_said(self):
        def problem(report):
            report["exact_results"][0]["problem"] = "mb1ic3"

        def fill(report):
            report["exact_results"][0]["fill"] = "marbles"

        self.verify(2, "exact result of mb1ic3 on", "--all", change=problem)
        self.verify(2, "'marbles' is no data", "--all", change=fill)
        self.verify(2, '/kind is "laws"', change=lambda report: report.update(kind="laws"))
        self.verify(2, "the document lacks \"machine\"", change=lambda report: report.pop("machine"))
        self.verify(2, "/exact_results/0/result is 7", change=lambda report:
                    report["exact_results"][0].update(result=7))
        self.verify(5, "holds no exact results",
                    change=lambda report: report.pop("exact_results"))
        self.assertEqual(run("verify", self.folder / "none.json").returncode, 2)
        self.assertEqual(run("verify").returncode, 2)
        broken = self.folder / "broken.json"
        broken.write_text("{", encoding="utf-8")
        self.assertEqual(run("verify", broken).returncode, 2)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
