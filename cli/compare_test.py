# SPDX-License-Identifier: Apache-2.0
"""convcheck compare as a user meets it: verdicts, exit codes, refusals. Run by CTest."""

import copy
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest

COMMAND, SOURCE = (pathlib.Path(path) for path in sys.argv[1:3])
PROBLEM = "g1mb1_ic1ih5iw5_oc{}oh5ow5_kh3kw3sh1sw1ph1pw1dh0dw0"


def timing(index, seconds, engine="mine", count=10, spread=0.002, **fields):
    """A timing whose samples lie around `seconds`."""
    draw = random.Random(f"{index} {engine} {seconds}")
    samples = [seconds * (1 + spread * draw.uniform(-1, 1)) for _ in range(count)]
    entry = {
        "engine": engine, "suite": "s", "family": "f", "problem": PROBLEM.format(index + 1),
        "label": f"p{index}", "threads": 1, "layout": "preferred", "status": "timed",
        "reason": "", "samples_seconds": samples, "lower_bound_seconds": 0,
    }  # fmt: skip
    if fields.get("status", "timed") != "timed":
        entry["samples_seconds"] = []
    return entry | fields


def report(timings, **fields):
    """As much of a report of bench as is read."""
    return {
        "schema_version": 1, "kind": "bench", "started_at": "2026-01-02T03:04:05Z",
        "complete": True, "environment": {}, "limits": [], "timings": timings,
        "machine": {"cpu": "A CPU", "architecture": "x86_64", "cores": 2, "memory_bytes": 1,
                    "os": "", "kernel": "", "vector_targets": ["AVX2"]},
        "build": {"version": "0", "commit": "", "compiler": "", "type": "Release",
                  "sanitize": ""},
    } | fields  # fmt: skip


def google_benchmark(scale, host="host"):
    draw = random.Random(scale)
    return {
        "context": {"host_name": host, "num_cpus": 2, "library_build_type": "release"},
        "benchmarks": [
            {"name": name, "run_name": name, "run_type": "iteration", "repetition_index": i,
             "threads": 1, "iterations": 10, "time_unit": "us",
             "real_time": scale * (1 + 0.001 * draw.random())}
            for name in ("BM_a", "BM_b") for i in range(10)
        ],
    }  # fmt: skip


class Compare(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.folder.name)

    def tearDown(self):
        self.folder.cleanup()

    def compare(self, base, new, *options):
        """Exit code, output, errors, and the verdicts by label."""
        for name, content in (("base.json", base), ("new.json", new)):
            text = content if isinstance(content, str) else json.dumps(content)
            (self.path / name).write_text(text, encoding="utf-8")
        out = self.path / "out.json"
        out.unlink(missing_ok=True)
        answer = subprocess.run(
            [COMMAND, "compare", self.path / "base.json", self.path / "new.json", "--json", out,
             *options], capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        verdicts = {}
        if out.exists():
            document = json.loads(out.read_text(encoding="utf-8"))
            self.assertEqual(document["exit_code"], answer.returncode)
            verdicts = {c["label"] or c["problem"]: c for c in document["comparisons"]}
        return answer, verdicts

    def refuse(self, words, *arguments):
        answer, _ = self.compare(*arguments)
        self.assertEqual(answer.returncode, 2, answer)
        for word in words:
            self.assertIn(word, answer.stderr)

    def test_calls_and_exit_codes(self):
        base = report([timing(0, 1e-3), timing(1, 1e-3), timing(2, 1e-3)])
        worse = report([timing(0, 1.1e-3), timing(1, 1.001e-3), timing(2, 0.9e-3)])
        answer, verdicts = self.compare(base, worse)
        self.assertEqual(answer.returncode, 1, answer)
        self.assertEqual([verdicts[f"p{i}"]["verdict"] for i in range(3)],
                         ["slower", "same", "faster"])  # fmt: skip
        self.assertAlmostEqual(verdicts["p0"]["time_ratio"], 1.1, delta=0.003)
        self.assertIn("1 slower, 1 faster, 1 same, 0 inconclusive of 3 compared", answer.stdout)
        self.assertIn("regressed", answer.stdout)
        answer, _ = self.compare(base, base)
        self.assertEqual(answer.returncode, 0, answer)
        answer, verdicts = self.compare(worse, base, "--min-effect", "15")
        self.assertEqual(answer.returncode, 0, answer)
        self.assertEqual({v["verdict"] for v in verdicts.values()}, {"same"})

    def test_inconclusive_fails_only_when_strict(self):
        base = report([timing(0, 1e-3, spread=0.4)])
        new = report([timing(0, 1.03e-3, spread=0.4)])
        answer, verdicts = self.compare(base, new)
        self.assertEqual((answer.returncode, verdicts["p0"]["verdict"]), (0, "inconclusive"))
        answer, _ = self.compare(base, new, "--strict")
        self.assertEqual(answer.returncode, 4, answer)
        few = report([timing(0, 1e-3, count=5)])
        answer, verdicts = self.compare(few, few, "--strict")
        self.assertEqual(answer.returncode, 4, answer)
        self.assertIn("5 samples on one side", verdicts["p0"]["reason"])

    def test_the_engine_against_itself_is_the_noise_floor(self):
        base = report([timing(0, 1e-3), timing(1, 1e-3)])
        new = report([timing(0, 1.1e-3), timing(1, 1.1e-3)])
        base["timings"].append(timing(0, 1.13e-3, engine="mine again", same_as="mine"))
        answer, verdicts = self.compare(base, new)
        self.assertEqual(answer.returncode, 0, answer)
        for label in ("p0", "p1"):  # p1 has no pair of its own: the run's largest counts.
            self.assertEqual(verdicts[label]["verdict"], "inconclusive")
            self.assertAlmostEqual(verdicts[label]["noise_floor"], 0.13, delta=0.005)
        self.assertEqual(len(verdicts), 2)
        base["timings"].append(timing(1, 1.005e-3, engine="mine again", same_as="mine"))
        answer, verdicts = self.compare(base, new)
        self.assertEqual(verdicts["p1"]["verdict"], "slower")
        self.assertEqual(verdicts["p0"]["verdict"], "inconclusive")

    def test_a_machine_that_changed_its_speed_is_noise(self):
        limit = {"name": "fma-peak", "type": "f32", "threads": 1, "value": 200, "unit": "GFLOP/s",
                 "samples": [200.0 + 0.1 * i for i in range(12)]}  # fmt: skip
        slow = limit | {"samples": [sample / 1.12 for sample in limit["samples"]]}
        base = report([timing(0, 1e-3)], limits=[limit])
        answer, verdicts = self.compare(base, report([timing(0, 1.1e-3)], limits=[slow]))
        self.assertEqual((answer.returncode, verdicts["p0"]["verdict"]), (0, "inconclusive"))
        self.assertIn("the noise floor, 12", verdicts["p0"]["reason"])
        answer, _ = self.compare(base, report([timing(0, 1.1e-3)], limits=[limit]))
        self.assertEqual(answer.returncode, 1, answer)
        answer, _ = self.compare(base, report([timing(0, 1.1e-3)], limits=[limit]),
                                 "--noise-floor", "11")  # fmt: skip
        self.assertEqual(answer.returncode, 0, answer)

    def test_what_is_no_longer_right_is_lost(self):
        base = report([timing(0, 1e-3), timing(1, 1e-3), timing(2, 1e-3), timing(3, 1e-3)])
        new = report([
            timing(0, 1e-3, status="wrong", reason="y differs"),
            timing(1, 1e-3, status="over-budget", reason="slow", lower_bound_seconds=10),
            timing(2, 1e-3),
            timing(9, 1e-3),
        ])  # fmt: skip
        answer, verdicts = self.compare(base, new)
        self.assertEqual(answer.returncode, 1, answer)
        self.assertEqual(verdicts["p0"]["verdict"], "lost")
        self.assertEqual(verdicts["p0"]["reason"], "wrong: y differs")
        self.assertEqual(verdicts["p1"]["verdict"], "slower")
        self.assertEqual(verdicts["p1"]["time_ratio"], 10 / verdicts["p1"]["base_seconds"])
        self.assertEqual(verdicts["p3"]["verdict"], "not-compared")
        self.assertEqual(verdicts["p9"]["verdict"], "not-compared")
        answer, verdicts = self.compare(new, base)
        self.assertEqual(answer.returncode, 0, answer)
        self.assertEqual(verdicts["p0"]["verdict"], "gained")
        self.assertEqual(verdicts["p1"]["verdict"], "faster")

    def test_engines_of_two_names(self):
        base = report([timing(0, 1e-3, engine="so:old.so")])
        new = report([timing(0, 1.2e-3, engine="so:new.so")])
        answer, verdicts = self.compare(base, new)
        self.assertEqual((answer.returncode, verdicts["p0"]["verdict"]), (1, "slower"))
        both = report(base["timings"] + [timing(0, 1.2e-3, engine="other")])
        self.refuse(["no engine is in both", "'so:old.so', 'other'", "--base-engine"], both, new)
        answer, verdicts = self.compare(both, new, "--base-engine", "other", "--new-engine",
                                        "so:new.so")  # fmt: skip
        self.assertEqual(verdicts["p0"]["verdict"], "same")
        self.refuse(["--base-engine 'x'", "'so:old.so'"], base, new, "--base-engine", "x")

    def test_different_machines_are_refused_unless_told(self):
        base = report([timing(0, 1e-3)])
        other = copy.deepcopy(base)
        other["machine"]["cpu"] = "B CPU"
        self.refuse(["cpu 'A CPU' and 'B CPU'", "--across-machines"], base, other)
        answer, _ = self.compare(base, other, "--across-machines")
        self.assertEqual(answer.returncode, 0, answer)
        self.assertIn("Note: different machines", answer.stdout)

    def test_google_benchmark(self):
        answer, verdicts = self.compare(google_benchmark(1.0), google_benchmark(1.2))
        self.assertEqual(answer.returncode, 1, answer)
        self.assertEqual({v["verdict"] for v in verdicts.values()}, {"slower"})
        self.assertAlmostEqual(verdicts["BM_a"]["base_seconds"], 1e-6, delta=2e-9)
        self.refuse(["host 'host' and 'ci-7'"], google_benchmark(1), google_benchmark(1, "ci-7"))
        self.refuse(["they count different things"], google_benchmark(1), report([timing(0, 1)]))

    def test_files_that_are_none(self):
        good = report([timing(0, 1e-3)])
        self.refuse(["base.json", "no JSON"], json.dumps(good)[:-40], good)
        self.refuse(["new.json", "neither a report of convcheck bench"], good, {"some": "json"})
        self.refuse(["new.json", "/schema_version is 0"], good, good | {"schema_version": 0})
        self.refuse(["new.json", "a report of validate"], good, good | {"kind": "validate"})
        answer = subprocess.run([COMMAND, "compare", "/no/such.json", "/no/such.json"],
                                capture_output=True, text=True, check=False)  # fmt: skip
        self.assertEqual(answer.returncode, 2)
        self.assertIn("/no/such.json", answer.stderr)

    def test_nothing_in_common_is_nothing_compared(self):
        answer, _ = self.compare(report([timing(0, 1e-3)]), report([timing(1, 1e-3)]))
        self.assertEqual(answer.returncode, 5, answer)

    def test_reports_fit_the_schema(self):
        markdown, junit = self.path / "out.md", self.path / "out.xml"
        self.compare(report([timing(0, 1e-3)]), report([timing(0, 2e-3)]), "--markdown", markdown,
                     "--junit", junit)  # fmt: skip
        check = [sys.executable, SOURCE / "reports/check_schema.py"]
        schema = SOURCE / "reports/report.schema.json"
        subprocess.run([*check, schema, self.path / "out.json"], check=True)
        self.assertRegex(markdown.read_text(encoding="utf-8"), r"\| p0 \|.*\| slower \|")
        self.assertIn('failures="1"', junit.read_text(encoding="utf-8"))


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]], verbosity=2)
