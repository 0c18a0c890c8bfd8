# SPDX-License-Identifier: Apache-2.0
"""The command as a user meets it: exit codes, sentences, reports. Run by CTest."""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

COMMAND, TEST_PEERS, SOURCE = (pathlib.Path(path) for path in sys.argv[1:4])
SMALL = "g1mb1_ic1ih5iw5_oc1oh5ow5_kh3kw3sh1sw1ph1pw1dh0dw0"
SELF_TIMED = f"exec:{sys.executable} {SOURCE}/peers/testpeers/self_timed.py"
MISBEHAVING = f"so:{TEST_PEERS}/convcheck_peer_misbehaving.so"


def run(*arguments, **options):
    return subprocess.run(
        [COMMAND, *arguments], capture_output=True, text=True, timeout=240, check=False, **options
    )


class Usage(unittest.TestCase):
    def refuse(self, code, words, *arguments):
        answer = run(*arguments)
        self.assertEqual(answer.returncode, code, answer)
        for word in words:
            self.assertIn(word, answer.stderr)

    def test_help_names_every_command(self):
        answer = run("--help")
        self.assertEqual(answer.returncode, 0)
        commands = "validate laws bench compare diff solve describe engines suites replay"
        for command in commands.split():
            self.assertIn(command, answer.stdout)
            self.assertEqual(run(command, "--help").returncode, 0)
        self.assertNotRegex(answer.stdout, r"(?m)^  worker")

    def test_bad_input_is_said(self):
        self.refuse(2, ["no command 'nosuch'", "validate"], "nosuch")
        self.refuse(2, ["unknown key 'zz'", "position 13"], "describe", "ic1ih8oc2kh3zz1")
        self.refuse(2, ["sh is 0", "at least 1"], "describe", "ic1ih8oc2kh3sh0")
        self.refuse(2, ["groups 3 does not divide in_channels 16"], "describe", "g3ic16ih8oc3kh3")
        self.refuse(2, ["1 by benchdnn", "0 by the floor"], "describe", "ih1ic1oc1kh2sh2")
        self.refuse(2, ["no suite of that name", "edge"], "validate", "--suite", "nosuch")
        self.refuse(2, ["'0' is no number"], "bench", "--threads", "1,0")
        self.refuse(2, ["no law or statement of that name"], "laws", "--law", "nosuch")
        self.refuse(2, ["'nosuch' is no pass", "indexing"], "validate", "--passes", "nosuch")
        self.refuse(2, ["no JSON"], "replay", __file__)
        self.refuse(2, ["/no/such.json"], "replay", "/no/such.json")

    def test_engines_that_do_not_start(self):
        for engine, words in {
            "so:/no/such.so": ["/no/such.so", "No such file"],
            f"so:{__file__}": [os.path.basename(__file__)],
            "nosuch": ["no engine", "reference"],
            "exec:/no/such/program": ["/no/such/program"],
            f"{MISBEHAVING}#nosuch": ["no variant", "off_by_one"],
            "mutant:nosuch": ["no planted bug"],
        }.items():
            with self.subTest(engine):
                self.refuse(3, words, "validate", "--engine", engine, "--problem", SMALL)

    def test_a_suite_with_a_bad_line_names_it(self):
        with tempfile.TemporaryDirectory() as folder:
            suite = pathlib.Path(folder) / "mine.problems"
            suite.write_text(f"# comment\n{SMALL}\nic1ih8oc2kh3q1\n", encoding="utf-8")
            self.refuse(2, ["mine.problems", "line 3", "'q'"], "suites", str(suite))

    def test_a_full_disk_is_said(self):
        answer = run("laws", "--law", "negation", "--json", "/dev/full")
        self.assertEqual(answer.returncode, 2)
        self.assertIn("/dev/full", answer.stderr)
        self.assertNotIn("every demanded law holds", answer.stdout)


class Validate(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.report = pathlib.Path(self.folder.name) / "report.json"

    def tearDown(self):
        self.folder.cleanup()

    def validate(self, engine, *arguments):
        answer = run("validate", "--engine", engine, "--json", str(self.report), *arguments)
        report = json.loads(self.report.read_text(encoding="utf-8"))
        self.assertEqual(report["exit_code"], answer.returncode)
        return answer, report

    def test_a_right_engine_passes_with_a_report_that_fits_the_schema(self):
        answer, _ = self.validate("optimized", "--problem", SMALL)
        self.assertEqual(answer.returncode, 0, answer)
        check = [sys.executable, SOURCE / "reports/check_schema.py"]
        schema = SOURCE / "reports/report.schema.json"
        subprocess.run([*check, schema, self.report], check=True)

    def test_what_is_not_supported_is_not_passed(self):
        answer, report = self.validate("optimized", "--problem", "reflect:deconv:" + SMALL)
        self.assertEqual(answer.returncode, 5, answer)
        self.assertEqual({v["verdict"] for v in report["verdicts"]}, {"not-applicable"})

    def test_an_off_by_one_is_shrunk_and_replayed(self):
        engine = f"{MISBEHAVING}#off_by_one"
        answer, report = self.validate(engine, "--problem", SMALL, "--passes", "indexing")
        self.assertEqual(answer.returncode, 1, answer)
        self.assertIn("expected 0, found 1", answer.stdout)
        smallest = report["verdicts"][0]["counterexample"]
        self.assertEqual(smallest["operands"][0]["shape"], [1, 1, 1, 1])
        again = run("replay", str(self.report))
        self.assertEqual(again.returncode, 1, again)
        self.assertIn("seen again", again.stdout)
        mended = run("replay", str(self.report), "--engine", "optimized")
        self.assertEqual(mended.returncode, 0, mended)

    def test_a_planted_bug_is_found(self):
        answer, _ = self.validate("mutant:dilation-ignored", "--suite", "edge", "--profile", "smoke")
        self.assertEqual(answer.returncode, 1, answer)

    def test_a_crash_and_a_hang_are_both_said_and_the_run_completes(self):
        source = (SOURCE / "peers/testpeers/misbehaving.cpp").read_text(encoding="utf-8")
        crash, hang = (
            re.search(rf"k{name}Channels = (\d+)", source).group(1) for name in ("Crash", "Hang")
        )
        problems = []
        for channels in (crash, hang, "1"):
            problems += ["--problem", SMALL.replace("oc1", f"oc{channels}")]
        answer, report = self.validate(
            f"{MISBEHAVING}#crash_and_hang", *problems, "--timeout", "1", "--profile", "smoke"
        )
        self.assertEqual(answer.returncode, 1, answer)
        verdicts = {(v["problem"], v["verdict"]) for v in report["verdicts"]}
        self.assertIn((SMALL.replace("oc1", f"oc{crash}"), "crashed"), verdicts)
        self.assertIn((SMALL.replace("oc1", f"oc{hang}"), "timed-out"), verdicts)
        self.assertIn((SMALL, "holds"), verdicts)


class Others(unittest.TestCase):
    def test_false_laws_are_refuted_and_that_is_right(self):
        answer = run("laws", "--law", "commutative:corr:full:1-D")
        self.assertEqual(answer.returncode, 0, answer)
        self.assertIn("x=[[[1]]] w=[[[0, 1]]]", answer.stdout)

    def test_the_whole_table_in_exact_integers(self):
        with tempfile.TemporaryDirectory() as folder:
            report, page = (pathlib.Path(folder) / name for name in ("r.json", "r.md"))
            answer = run("laws", "--cases", "10", "--json", report, "--markdown", page)
            self.assertEqual(answer.returncode, 0, answer)
            check = [sys.executable, SOURCE / "reports/check_schema.py"]
            subprocess.run([*check, SOURCE / "reports/report.schema.json", report], check=True)
            found = json.loads(report.read_text(encoding="utf-8"))
            markdown = page.read_text(encoding="utf-8")
        self.table_is_right(found["verdicts"], answer.stdout)
        # The textbook statements rest on what was judged.
        self.assertEqual([s["number"] for s in found["statements"]], list(range(1, 16)))
        for statement in found["statements"]:
            self.assertTrue(statement["established"], statement)
            self.assertIn(statement["sentence"], answer.stdout)
            self.assertIn(statement["sentence"], markdown)
            for evidence in statement["evidence"]:
                self.assertEqual(evidence["found"], evidence["expected"])
                self.assertGreater(evidence["cases"], 0)
        self.assertEqual(found["statements"][0]["answer"], "false")

    def table_is_right(self, verdicts, printed):
        for engine in ("reference", "exact-integers"):
            cells = [v for v in verdicts if v["engine"] == engine and v["check"].count(":") == 3]
            self.assertEqual(len(cells), 1380 - 36, engine)  # All that are not ill-typed.
            self.assertTrue(all(v["expected"] == v["verdict"] for v in cells))
        # Exhaustively in one dimension: three signals of up to four elements of {-1, 0, 1}.
        found = {v["check"]: v for v in verdicts if v["engine"] == "exact-integers"}
        self.assertGreater(found["associative:conv:full:1-D"]["cases"], 1000000)
        refuted = found["associative:corr:full:1-D"]
        self.assertIn("x = [1], w = [1], v = [0, 1]", refuted["detail"])
        again = run(*refuted["reproducer"].split()[1:])
        self.assertIn("x = [1], w = [1], v = [0, 1]", again.stdout)
        table = printed[printed.index("exact-integers") :]
        self.assertRegex(table, r"commutative +conv +YYY--Y +YYY--Y +NNN--N")
        self.assertRegex(table, r"associative +corr +N +N +N +N +N +N +N +N +N")

    def test_a_check_of_a_textbook_statement_alone(self):
        answer = run("laws", "--law", "check:gridding-rule")
        self.assertEqual(answer.returncode, 0, answer)
        self.assertRegex(answer.stdout, r"check:gridding-rule +exact-integers +holds +holds +5586")
        self.assertEqual(run("laws", "--law", "check:nosuch").returncode, 2)

    def test_a_run_that_could_show_nothing_fails(self):
        zeros = f"exec:{sys.executable} {SOURCE / 'peers/testpeers/program.py'} zeros"
        for law in "additive-in-data", "distributive-left:conv:full:1-D":
            answer = run("laws", "--engine", zeros, "--law", law)
            self.assertEqual(answer.returncode, 1, answer)
            self.assertIn("vacuous !", answer.stdout)
            self.assertIn("could have shown a violation", answer.stdout)

    def test_laws_by_statement_and_setting(self):
        answer = run("laws", "--law", "stacking", "--setting", "strided")
        self.assertEqual(answer.returncode, 0, answer)
        self.assertEqual(answer.stdout.count("stacking:corr:strided:"), 12)
        for words, arguments in (
            (["no law or statement"], ["--law", "colourful"]),
            (["--setting round", "full, valid"], ["--setting", "round"]),
            (["leave no cell", "reversal", "reflect"], ["--law", "reversal", "--setting", "reflect"]),
            (["--law names none"], ["--law", "adjointness", "--setting", "full"]),
        ):
            answer = run("laws", *arguments)
            self.assertEqual(answer.returncode, 2, answer)
            for word in words:
                self.assertIn(word, answer.stderr)

    def test_a_wrong_engine_refutes_cells_of_the_table(self):
        answer = run("laws", "--engines", "mutant:half-accumulator", "--law", "associative",
                     "--setting", "full")  # fmt: skip
        self.assertEqual(answer.returncode, 1, answer)
        self.assertIn("refuted !", answer.stdout)

    def test_a_wrong_engine_is_not_timed(self):
        answer = run(
            "bench", "--quick", "--engines", "mutant:first-image-only,reference",
            "--problem", SMALL.replace("mb1", "mb2").replace("kh3kw3", "kh5kw5").replace(
                "ph1pw1", "ph2pw2"),
        )  # fmt: skip
        self.assertEqual(answer.returncode, 1, answer)
        self.assertIn("wrong", answer.stdout)

    def test_side_by_side(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "out.json"
            answer = run("bench", "--quick", "--engines", "reference,naive", "--threads", "1,2",
                         "--problem", SMALL, "--json", str(path))  # fmt: skip
            self.assertEqual(answer.returncode, 0, answer)
            self.assertIn("ratio 2T", answer.stdout)
            timings = json.loads(path.read_text(encoding="utf-8"))["timings"]
            self.assertEqual([t.get("same_as") for t in timings].count("reference"), 2)
            self.assertEqual(len(timings), 6)
            for timing in timings:
                self.assertEqual(timing["status"], "timed")
                self.assertEqual(timing["verified_after"], True)
                self.assertEqual(set(timing["sample_launches"]), {0, 1})
                self.assertGreater(timing["limit_percent"], 0)
                self.assertTrue(timing["verified"] and timing["samples_seconds"])

    def test_our_engine_allocates_nothing_in_its_calls(self):
        problems = []
        for problem in (SMALL, "ic64ih14oc64kh3ph1mb1", "g32ic32ih28oc32kh3ph1mb1",
                        "ic256ih14oc64kh1mb1", "deconv:ic8ih7oc4kh3sh2mb1",
                        "wgrad:ic8ih9oc8kh3ph1mb1"):  # fmt: skip
            problems += ["--problem", problem]
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "out.json"
            answer = run("bench", "--quick", "--engines", "optimized", "--threads", "1,2",
                         "--json", str(path), *problems)  # fmt: skip
            self.assertEqual(answer.returncode, 0, answer)
            timings = json.loads(path.read_text(encoding="utf-8"))["timings"]
        timed = [t for t in timings if t["status"] == "timed"]
        self.assertGreaterEqual(len(timed), 16)
        if "allocations" not in timed[0]:
            self.skipTest("allocations are not counted in this build")
        self.assertEqual({t["allocations"] for t in timed}, {0})


class Cheaters(unittest.TestCase):
    """Peers that are right when asked once, and not when they are timed."""

    def bench(self, engine, *arguments):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "out.json"
            answer = run("bench", "--quick", "--engine", engine, "--problem", SMALL,
                         "--json", str(path), *arguments)  # fmt: skip
            check = [sys.executable, SOURCE / "reports/check_schema.py"]
            subprocess.run([*check, SOURCE / "reports/report.schema.json", path], check=True)
            timings = json.loads(path.read_text(encoding="utf-8"))["timings"]
        (timing,) = (t for t in timings if "same_as" not in t)
        self.assertTrue(timing["verified"], timing)
        return answer, timing

    def refuse(self, engine, status, words):
        with self.subTest(engine):
            answer, timing = self.bench(engine)
            self.assertEqual(answer.returncode, 1, answer)
            self.assertEqual(timing["status"], status, timing)
            self.assertRegex(timing["reason"], words)
            self.assertIn(timing["reason"], answer.stdout)
            self.assertEqual(timing["samples_seconds"], [])

    def test_one_that_keeps_its_last_result(self):
        for variant in "keep_last", "keep_if_alike":
            self.refuse(f"{MISBEHAVING}#{variant}", "wrong", "not in its last timed call")

    def test_one_that_computes_only_the_first_call_or_a_part_later(self):
        for variant in "first_only", "first_part":
            self.refuse(f"{MISBEHAVING}#{variant}", "wrong", "not in its last timed call")
        self.refuse(f"{SELF_TIMED} first_only", "wrong", "not in its last timed call")

    def test_one_that_times_itself_dishonestly(self):
        self.refuse(f"{SELF_TIMED} slow_clock", "dishonest", "a whole request of one call takes")
        self.refuse(f"{SELF_TIMED} fast_clock", "dishonest", "calls took .* in a request of")
        self.refuse(f"{SELF_TIMED} many_calls", "dishonest", "asked|answers a request to time")

    def test_one_that_times_itself_honestly(self):
        answer, timing = self.bench(f"{SELF_TIMED} honest")
        self.assertEqual(answer.returncode, 0, answer)
        self.assertTrue(timing["self_timed"] and timing["verified_after"])


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]], verbosity=2)
