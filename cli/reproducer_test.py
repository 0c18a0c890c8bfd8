# SPDX-License-Identifier: Apache-2.0
"""Failures as directories: written, replayed, and shown by a C program alone. Run by CTest."""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

COMMAND, SOURCE = (pathlib.Path(path) for path in sys.argv[1:3])
COMPILER = sys.argv[3]
PROBLEM = "g1mb1_ic2ih4iw15_oc1oh4ow15_kh3kw3sh1sw1ph1pw1dh0dw0"
TEN_LINES = 'CONVCHECK_SIMPLE_PEER("mine", "1.0", "MIT", CONVCHECK_HAS_STRIDE | CONVCHECK_HAS_PADDING, run)'
STALE_PEER = """
#include <stdlib.h>
struct convcheck_plan { convcheck_problem p; int runs; };
static int32_t supports(const convcheck_problem* p, const convcheck_options* o, char* why, size_t n) {
  (void)o;
  return convcheck_supports(p, CONVCHECK_HAS_PADDING, why, n);
}
static int32_t prepare(const convcheck_problem* p, const convcheck_options* o, convcheck_plan** plan,
                       char* why, size_t n) {
  (void)o, (void)why, (void)n;
  *plan = calloc(1, sizeof **plan);
  (*plan)->p = *p;
  return CONVCHECK_OK;
}
static int32_t plan_run(convcheck_plan* plan, void* const operands[4], char* why, size_t n) {
  (void)why, (void)n;
  run(&plan->p, operands);
  if (plan->runs++ > 0) ((float*)operands[CONVCHECK_Y])[0] += 1;
  return CONVCHECK_OK;
}
static void destroy(convcheck_plan* plan) { free(plan); }
const convcheck_peer* convcheck_peer_v1(int32_t version) {
  static const convcheck_peer peer = {
      sizeof peer, CONVCHECK_PEER_ABI_VERSION, "stale", "1", "MIT", NULL, supports, prepare,
      NULL, NULL, NULL, NULL, NULL, plan_run, destroy};
  return version == CONVCHECK_PEER_ABI_VERSION ? &peer : NULL;
}
"""


def run(*arguments, cwd=None):
    return subprocess.run(
        arguments, capture_output=True, text=True, timeout=240, check=False, cwd=cwd
    )


class Reproducer(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def build(self, name, change=("", "")):
        """The peer of ten lines, with one change."""
        text = (SOURCE / "peers/examples/ten_lines.c").read_text(encoding="utf-8")
        self.assertIn(change[0], text)
        source = self.folder / f"{name}.c"
        source.write_text(text.replace(*change), encoding="utf-8")
        library = self.folder / f"{name}.so"
        line = [COMPILER, "-O1", "-shared", "-fPIC", f"-I{SOURCE}/peers", source, "-o", library]
        subprocess.run(line, check=True, timeout=120)
        return library

    def failing(self, change, *arguments):
        library = self.build("planted", change)
        report = self.folder / "report.json"
        answer = run(COMMAND, "validate", "--engine", f"so:{library}", "--problem", PROBLEM,
                     "--json", report, *arguments)
        self.assertEqual(answer.returncode, 1, answer)
        return library, json.loads(report.read_text(encoding="utf-8"))

    def test_a_tail_is_written_replayed_and_shown_by_a_program(self):
        shift = ("% columns * stride[1] - pad[1]",
                 "% columns * stride[1] - pad[1] + (at % columns % 16 >= 13)")
        _, report = self.failing(shift, "--passes", "indexing")
        cause = "outputs with ow >= 13 (the last 2) read x[iw+1]"
        self.assertIn(cause, report["verdicts"][0]["diagnosis"])
        case = self.folder / "report.failures" / "001-indexing"
        self.assertEqual(
            {path.name for path in case.iterdir()},
            {"README.md", "case.json", "x.npy", "w.npy", "expected.npy", "found.npy",
             "allowed.npy", "case.h", "convcheck_peer.h", "reproduce.c"},
        )
        self.assertEqual([path.name for path in case.parent.iterdir()], ["001-indexing"])
        readme = (case / "README.md").read_text(encoding="utf-8")
        self.assertIn(cause, readme)
        self.assertIn("001-indexing", report["verdicts"][0]["reproducer"])

        again = run(COMMAND, "replay", case)
        self.assertEqual(again.returncode, 1, again)
        self.assertIn("seen again", again.stdout)
        good = self.build("good")
        mended = run(COMMAND, "replay", case, "--engine", f"so:{good}")
        self.assertEqual(mended.returncode, 0, mended)

        line = next(l for l in readme.splitlines() if l.strip().startswith("cc "))
        line = line.split("&&")[0].replace("cc ", COMPILER + " -Wall -Wextra -Werror -pedantic ", 1)
        built = run("sh", "-c", line, cwd=case)
        self.assertEqual(built.returncode, 0, built)
        shown = run("./reproduce", cwd=case)
        self.assertEqual(shown.returncode, 1, shown)
        difference = report["verdicts"][0]["counterexample"]["difference"]
        self.assertIn(f"element {difference['index']} is {difference['found']:.9g}, "
                      f"expected {difference['expected']:.9g}", shown.stdout)
        gone = run("./reproduce", good, cwd=case)
        self.assertEqual(gone.returncode, 0, gone)

    def test_a_read_past_the_end_ends_the_program(self):
        read = ("y[at] = 0;", "y[at] = 0 * x[batch * in * image[0] * image[1]];")
        self.failing(read, "--passes", "indexing")
        case = self.folder / "report.failures" / "001-indexing"
        built = run(COMPILER, "-std=c99", "-I.", "reproduce.c", "-ldl", "-lm", "-o", "r", cwd=case)
        self.assertEqual(built.returncode, 0, built)
        self.assertLess(run("./r", cwd=case).returncode, 0)  # A signal.
        self.assertEqual(run(COMMAND, "replay", case).returncode, 1)

    def test_what_takes_an_earlier_call_is_shown_too(self):
        _, report = self.failing((TEN_LINES, STALE_PEER), "--passes", "state")
        self.assertIn("only from the second call of a plan on", report["verdicts"][0]["diagnosis"])
        case = self.folder / "report.failures" / "001-state"
        built = run(COMPILER, "-std=c99", "-I.", "reproduce.c", "-ldl", "-lm", "-o", "r", cwd=case)
        self.assertEqual(built.returncode, 0, built)
        self.assertEqual(run("./r", cwd=case).returncode, 1)

    def test_a_directory_elsewhere_and_bad_input(self):
        library = self.build("planted", ("y[at] = 0;", "y[at] = 1;"))
        where = self.folder / "elsewhere"
        validate = [COMMAND, "validate", "--engine", f"so:{library}", "--problem", PROBLEM,
                    "--passes", "indexing,arithmetic", "--reproducers", where]
        for _ in range(2):  # The second run replaces what the first one wrote.
            self.assertEqual(run(*validate).returncode, 1)
            names = sorted(path.name for path in where.iterdir())
            self.assertEqual(names, ["001-indexing", "002-arithmetic"])
        case = where / "001-indexing"
        self.refused(self.folder / "nosuch", "nosuch")
        (case / "x.npy").write_bytes(b"nothing")
        self.refused(case, "x.npy")
        shutil.copy(case / "w.npy", case / "x.npy")
        text = (case / "case.json").read_text(encoding="utf-8")
        (case / "case.json").write_text(text.replace('"indexing"', '"nosuch"'), encoding="utf-8")
        self.refused(case, "no law or pass 'nosuch'")
        (case / "case.json").write_text("{}", encoding="utf-8")
        self.refused(case, "lacks")

    def refused(self, path, words):
        answer = run(COMMAND, "replay", path)
        self.assertEqual(answer.returncode, 2, answer)
        self.assertIn(words, answer.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
