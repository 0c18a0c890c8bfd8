# SPDX-License-Identifier: Apache-2.0
"""Suites and filters as a user meets them. Run by CTest."""

import hashlib
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

COMMAND, SOURCE = (pathlib.Path(path) for path in sys.argv[1:3])
# Scores are compared from one release to the next: the suite behind them does not change.
HEADLINE_SHA256 = "430b68db54ca79584f9b6b29bd81c9e4fac572df35c55d9c39f9c06ddc8442d2"


def run(*arguments):
    command = [COMMAND, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


class Suites(unittest.TestCase):
    def listed(self, *arguments):
        """What `suites ARGUMENTS` lists: names of suites with numbers of problems."""
        answer = run("suites", *arguments)
        self.assertEqual(answer.returncode, 0, answer)
        found = re.findall(r"^(\S+) +(\d+) problems?", answer.stdout, re.MULTILINE)
        return {name: int(count) for name, count in found}

    def shown(self, *arguments):
        answer = run("suites", *arguments)
        self.assertEqual(answer.returncode, 0, answer)
        return answer.stdout.splitlines()

    def refuse(self, words, *arguments):
        answer = run("suites", *arguments)
        self.assertEqual(answer.returncode, 2, answer)
        for word in words:
            self.assertIn(word, answer.stderr)

    def test_headline_is_the_one_that_scores_are_of(self):
        content = (SOURCE / "benchmarks/suites/headline.problems").read_bytes()
        self.assertEqual(hashlib.sha256(content).hexdigest(), HEADLINE_SHA256)

    def test_list(self):
        suites = self.listed()
        self.assertEqual(suites["headline"], 76)
        self.assertEqual(suites["onednn:resnet_50_v1_5"], 23)
        self.assertEqual(sum(count for name, count in suites.items() if ":" in name), 2165)
        self.assertEqual(len(suites), 84)
        self.assertTrue(list(suites)[0] == "edge" and list(suites)[4].startswith("deepbench:"))

    def test_a_group_is_all_its_suites(self):
        suites = self.listed()
        groups = {name.split(":")[0] for name in suites if ":" in name}
        self.assertEqual(groups, {"deepbench", "onednn", "xnnpack"})
        for group in groups:
            count = sum(n for name, n in suites.items() if name.startswith(group + ":"))
            self.assertEqual(len(self.shown(group)), count)

    def test_a_file_of_descriptors_names_and_chains(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "mine.problems"
            path.write_text(
                "# a comment\n"
                'ic16ih7oc16kh3ph1n"benchdnn writes it so*3"\n'
                "# family: ours (words after it)\n"
                "wgrad:bf16-bf16-f32:g2ic4iw9oc6kw3\n"
                "mb1ic4ih8oc4kh3ph1 | shuffle:2 | mb1ic4ih8oc8kh1\n", encoding="utf-8",
            )  # fmt: skip
            lines = self.shown(path)
            self.assertEqual(len(lines), 3)
            self.assertTrue(lines[0].endswith('n"benchdnn writes it so*3"'))
            self.assertTrue(lines[1].startswith("wgrad:bf16-bf16-f32:g2mb2_ic4iw9_oc6ow7"))
            self.assertEqual(lines[2].count(" | "), 2)
            self.assertEqual(self.shown(path, "--op", "wgrad"), [lines[1]])
            self.assertEqual(self.shown(path, "--match", "^ours$"), lines[1:])
            path.write_text("ic16ih7oc16kh3\nic16ih7oc16zz3\n", encoding="utf-8")
            self.refuse([str(path), "line 2", "'zz'"], path)

    def test_filters(self):
        self.assertEqual(len(self.shown("headline", "--match", "^rn50:.*_b1$")), 4)
        self.assertEqual(len(self.shown("headline", "--match", "^dense-3x3-s1$")), 10)
        deconv = self.shown("headline", "--op", "deconv")
        self.assertTrue(deconv and all(line.startswith("deconv:") for line in deconv))
        counts = [len(self.shown("headline", "--op", op)) for op in ("conv,deconv,wgrad", "conv")]
        self.assertEqual(counts, [76, 76 - len(deconv)])
        # 2 * 64 * 64 * 9 * 56^2 = 231211008
        self.assertEqual(len(self.shown("headline", "--match", "^rn50:2a_2b$", "--flops",
                                        "231211008..231211008")), 1)  # fmt: skip
        below = self.shown("headline", "--flops", "..1G")
        above = self.shown("headline", "--flops", "1.000000001e9..")
        self.assertEqual(len(below) + len(above), 76)
        self.assertTrue(below and above)
        self.assertLess(len(self.listed("--flops", "..100K")), 83)

    def test_filters_that_are_none(self):
        self.refuse(["--match '('", "no regular expression"], "edge", "--match", "(")
        self.refuse(["--op 'conv,fold'", "'fold'", "deconv"], "edge", "--op", "conv,fold")
        for text, why in (("1G", "no '..'"), ("..", "both ends"), ("5..x", "'x'"), ("2K..1K", "above"),
                          ("-1..", "'-1'"), ("1Q..", "'1Q'")):  # fmt: skip
            self.refuse([f"--flops '{text}'", why, "MIN..MAX"], "edge", "--flops", text)
        self.refuse(["--match 'zz' --op 'deconv'", "none of the 76"], "headline", "--match", "zz",
                    "--op", "deconv")  # fmt: skip
        self.refuse(["edge, headline, residues, resnet50", "deepbench, onednn, xnnpack"], "nosuch")

    def test_validate_takes_them(self):
        answer = run("validate", "--suite", "edge", "--match", "^edge:(one-one|2x2)$", "--engines",
                     "reference", "--profile", "smoke", "--quiet")  # fmt: skip
        self.assertEqual(answer.returncode, 0, answer)
        answer = run("bench", "--suite", "edge", "--flops", "1T..", "--engines", "reference")
        self.assertEqual(answer.returncode, 2, answer)
        self.assertIn("--flops '1T..'", answer.stderr)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]], verbosity=2)
