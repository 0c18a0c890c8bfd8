# SPDX-License-Identifier: Apache-2.0
"""`convcheck describe`: its JSON against counts made here, its pictures, wrong inputs. Run by CTest."""

import itertools
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree
from collections import Counter
from fractions import Fraction

import jsonschema
import numpy as np

COMMAND = pathlib.Path(sys.argv[1]).resolve()
SCHEMA = json.loads(pathlib.Path(sys.argv[2]).read_text(encoding="utf-8"))
SVG = "{http://www.w3.org/2000/svg}"


def spread(paths, offsets):
    """Paths to positions, each gone on by one of the offsets."""
    total = Counter()
    for position, offset in itertools.product(paths, offsets):
        total[position + offset] += paths[position]
    return total


class Describe(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.folder.name)

    def tearDown(self):
        self.folder.cleanup()

    def run_command(self, *arguments):
        return subprocess.run([COMMAND, "describe", *map(str, arguments)], cwd=self.path,
                              capture_output=True, text=True, timeout=120, check=False)  # fmt: skip

    def describe(self, *arguments):
        """The text, and the JSON, which fits its schema."""
        answer = self.run_command(*arguments, "--json", "d.json")
        self.assertEqual(answer.returncode, 0, answer)
        document = json.loads((self.path / "d.json").read_text(encoding="utf-8"))
        jsonschema.validate(document, SCHEMA)
        return answer.stdout, document

    def refuse(self, words, *arguments, code=2):
        answer = self.run_command(*arguments)
        self.assertEqual(answer.returncode, code, answer)
        for word in words:
            self.assertIn(word, answer.stderr)
        self.assertEqual(answer.stdout, "")
        self.assertEqual(list(self.path.glob("*.tmp")), [])

    def save(self, name, array):
        np.save(self.path / name, array)
        return name


class Sizes(Describe):
    def test_the_formula_is_filled_in(self):
        text, document = self.describe("mb1ic3ih9iw7oc4kh3kw2sh2sw1ph1pw0dh1dw0")
        self.assertIn("floor((9 + 2*1 - 5) / 2) + 1 = 4", text)
        sizes = document["steps"][0]["size"]
        self.assertEqual([size["written"] for size in sizes], [4, 6])
        self.assertEqual([size["effective_kernel"] for size in sizes], [5, 2])

    def test_macs_are_those_of_a_loop(self):
        for stride, pad, dilation, groups in itertools.product((1, 2), (0, 1), (1, 2), (1, 2)):
            size = (6 + 2 * pad - 2 * dilation - 1) // stride + 1
            inside = sum(
                0 <= o * stride + t * dilation - pad < 6 for o in range(size) for t in range(3)
            )
            _, document = self.describe(
                f"g{groups}mb2ic4ih6oc6kh3sh{stride}ph{pad}dh{dilation - 1}"
            )
            work = document["work"]
            self.assertEqual(work["macs_inside"], 2 * 6 * 4 // groups * inside**2)
            self.assertEqual(work["macs"], 2 * 6 * 4 // groups * (3 * size) ** 2)
            self.assertEqual(work["weights"], 6 * 4 // groups * 9)

    def test_mobilenets_pair_saves_what_is_said(self):
        text, document = self.describe(
            "g32mb1ic32ih14oc32oh14kh3ph1 | mb1ic32ih14oc64oh14kh1ph0"
        )
        work = document["work"]
        self.assertIn("depthwise separable", work["pattern"])
        self.assertEqual(work["macs"], 14 * 14 * (32 * 9 + 32 * 64))
        self.assertEqual(work["dense_equivalent"]["macs"], 14 * 14 * 32 * 64 * 9)
        self.assertTrue(work["channels"]["complete"])
        share = work["macs"] / work["dense_equivalent"]["macs"]
        self.assertAlmostEqual(share, 1 / 64 + 1 / 9)  # 1/oc + 1/taps
        self.assertIn(f"{share:.4g} of its MACs", text)

    def test_a_shufflenet_unit_mixes_by_its_shuffle(self):
        unit = "g3mb1ic12ih8oc12oh8kh1ph0 | {}g12mb1ic12ih8oc12oh8kh3ph1 | g3mb1ic12ih8oc12oh8kh1ph0"
        _, mixed = self.describe(unit.format("shuffle:3 | "))
        _, apart = self.describe(unit.format(""))
        self.assertEqual(mixed["steps"][1], {"shuffle": 3})
        self.assertTrue(mixed["work"]["channels"]["complete"])
        self.assertEqual(apart["work"]["channels"]["most"], 4)


class Fields(Describe):
    def reached(self, rates, taps=3):
        paths = Counter({0: 1})
        for rate in rates:
            paths = spread(paths, [rate * t for t in range(taps)])
        return dict(paths)

    def test_gridding_of_dilation_sequences(self):
        for rates in ((2, 2, 2), (1, 2, 5), (1, 2, 9), (1, 1), (3,), (2, 3), (1, 2, 4, 8)):
            size = 2 * sum(rates) + 9
            chain = " | ".join(f"ic1ih{size}oc1oh{size}kh3ph{r}dh{r - 1}" for r in rates)
            text, document = self.describe(chain)
            paths = self.reached(rates)
            span = max(paths) + 1
            for axis in document["gridding"]["axes"]:
                self.assertEqual(axis["span"], span)
                self.assertEqual(axis["holes"], span - len(paths))
                self.assertEqual({at["position"]: at["paths"] for at in axis["reached"]}, paths)
                self.assertEqual(axis["dense"], len(paths) == span)
                if "published_rule" in axis:
                    rule = axis["published_rule"]
                    self.assertEqual(rule["errs"], rule["says_dense"] != axis["dense"])
            self.assertIn("no hole" if len(paths) == span else "hole", text)
            field = document["receptive_field"]["axes"][0]
            self.assertEqual((field["size"], field["period"], field["shift"]), (span, 1, 1))

    def test_the_published_rule_errs_on_rates_with_a_factor_in_common(self):
        _, document = self.describe(" | ".join(["ic1ih32oc1oh32kh3ph2dh1"] * 3))
        axis = document["gridding"]["axes"][0]
        self.assertTrue(axis["published_rule"]["says_dense"])
        self.assertTrue(axis["published_rule"]["errs"])
        self.assertEqual((axis["lattice"], axis["gap"]["hole"]), (2, 1))

    def test_overlap_of_transposed_convolutions(self):
        for taps, stride, pad in itertools.product((2, 3, 4, 5), (1, 2, 3), (0, 1)):
            size = (6 - 1) * stride + taps - 2 * pad
            text, document = self.describe(
                f"deconv:mb1ic1ih6oc1oh{size}kh{taps}sh{stride}ph{pad}"
            )
            forward = document["checkerboard"]["forward"]
            if stride == 1:
                self.assertIn("no step writes with a stride", forward["omitted"])
                continue
            counts = Counter(i * stride + t - pad for i in range(6) for t in range(taps))
            for axis in forward["axes"]:
                self.assertEqual(axis["counts"], [counts[i] for i in range(size)])
                sums = Counter((t - pad) % stride for t in range(taps))
                self.assertEqual(sorted(axis["phase_sums"]), sorted(sums[r] for r in range(stride)))
                self.assertEqual(axis["even"], taps % stride == 0)
            self.assertEqual(forward["even"], taps % stride == 0)
            self.assertIn(f"{'divisible' if forward['even'] else 'not divisible'} by stride", text)

    def test_backward_data_of_a_strided_convolution(self):
        _, document = self.describe("mb1ic1ih9oc1kh3sh2ph0")
        self.assertIn("omitted", document["checkerboard"]["forward"])
        backward = document["checkerboard"]["backward"]
        counts = Counter(2 * o + t for o in range(4) for t in range(3))
        self.assertEqual(backward["axes"][0]["counts"], [counts[i] for i in range(9)])

    def test_weights_decide_the_actual_artefact(self):
        name = "deconv:mb1ic1ih4oc1oh10kh4sh2ph0"
        bilinear = np.outer([1, 3, 3, 1], [1, 3, 3, 1]).astype("f4") / 16
        self.save("even.npy", bilinear.reshape(1, 1, 4, 4))
        text, document = self.describe(name, "--weights", "even.npy")
        self.assertEqual(document["kernels"][0]["phase_sums"]["worst_index"], 0)
        self.assertIn("even on every channel, no artefact", text)
        rough = bilinear.copy()
        rough[0, 0] += 1
        self.save("rough.npy", rough.reshape(1, 1, 4, 4))
        _, document = self.describe(name, "--weights", "rough.npy")
        sums = document["kernels"][0]["phase_sums"]
        wanted = sorted(
            float(rough[a::2, b::2].sum()) for a, b in itertools.product(range(2), range(2))
        )
        self.assertEqual(sorted(sums["worst_sums"]), wanted)
        self.assertEqual(sums["even_channels"], 0)

    def test_pictures(self):
        pictures = (
            (["deconv:mb1ic1ih4oc1oh9kh3sh2ph0"], {"overlap.svg", "receptive-field.svg"}),
            (["mb1ic1ih9oc1kh3sh2ph0"],
             {"gradient-overlap.svg", "receptive-field.svg", "taps.svg"}),
            ([" | ".join(["ic1ih32oc1oh32kh3ph2dh1"] * 3)], {"taps.svg", "receptive-field.svg"}),
        )  # fmt: skip
        for number, (arguments, names) in enumerate(pictures):
            folder = self.path / "pictures" / str(number)
            answer = self.run_command(*arguments, "--svg", folder)
            self.assertEqual(answer.returncode, 0, answer)
            self.assertEqual({path.name for path in folder.iterdir()}, names)
            for path in folder.iterdir():
                root = ElementTree.parse(path).getroot()
                self.assertEqual(root.tag, SVG + "svg")
                self.assertNotIn("href", path.read_text(encoding="utf-8"))
                width, height = float(root.get("width")), float(root.get("height"))
                for text in root.iter(SVG + "text"):
                    self.assertTrue(0 <= float(text.get("x")) <= width, text.text)
                    self.assertTrue(0 <= float(text.get("y")) <= height, text.text)

    def test_the_overlap_picture_holds_the_counts(self):
        self.run_command("deconv:mb1ic1ih4oc1oh9kh3sh2ph0", "--svg", "p")
        root = ElementTree.parse(self.path / "p" / "overlap.svg").getroot()
        cells = [t.text for t in root.iter(SVG + "text") if t.get("text-anchor") == "middle"]
        row = [1, 1, 2, 1, 2, 1, 2, 1, 1]
        shown = Counter(str(a * b) for a, b in itertools.product(row, row))
        shown.update(str(i) for i in range(9))  # The numbers of the columns.
        self.assertEqual(Counter(cells), shown)


class Kernels(Describe):
    def test_a_binomial_kernel_is_a_cascade(self):
        text, document = self.describe("--kernel", "1,4,6,4,1")
        self.assertEqual(document["kernels"][0]["cascade"], "(1 + z)^4")
        self.assertIn("4 passes of two taps", text)

    def test_ranks_and_factors(self):
        for rows, rank in (("1,2,1; 2,4,2; 1,2,1", 1), ("1,0; 0,1", 2), ("0,1,0; 1,-4,1; 0,1,0", 2),
                           ("1/3, 2/3; 1, 2", 1), ("0.1, 0.2; 0.3, 0.6", 1)):  # fmt: skip
            _, document = self.describe("--kernel", rows)
            separability = document["kernels"][0]["separability"]
            shown = separability["shown"][0]
            self.assertEqual(shown["exact_rank"], rank, rows)
            self.assertEqual(shown["numerical_rank"], rank)
            matrix = [[Fraction(v.strip()) for v in row.split(",")] for row in rows.split(";")]
            product = [
                [
                    sum((Fraction(c[i]) * Fraction(r[j])
                         for c, r in zip(shown["column_factors"], shown["row_factors"])), Fraction(0))
                    for j in range(len(matrix[0]))
                ]
                for i in range(len(matrix))
            ]  # fmt: skip
            self.assertEqual(product, matrix)

    def test_a_kernel_of_zeros_has_rank_0(self):
        text, document = self.describe("--kernel", "0,0; 0,0")
        separability = document["kernels"][0]["separability"]
        self.assertEqual(separability["exact_ranks"], [{"rank": 0, "kernels": 1}])
        self.assertIn("rank 0", text)

    def test_an_almost_separable_kernel_is_not_separable(self):
        almost = np.outer([1, 2, 1], [1, 2, 1]).astype("f8")
        almost[1, 1] += 2**-40
        self.save("w.npy", almost.reshape(1, 1, 3, 3))
        _, document = self.describe("f64:mb1ic1ih8oc1kh3", "--weights", "w.npy")
        shown = document["kernels"][0]["separability"]["shown"][0]
        self.assertEqual(shown["exact_rank"], 2)
        self.assertEqual(shown["certain_rank"], 2)


class Wrong(Describe):
    def test_bad_inputs(self):
        self.refuse(["give a problem"], "")
        self.refuse(["unknown key 'zz'"], "ic1ih8oc2kh3zz1")
        self.refuse(["--only size", "needs a problem or chain"], "--kernel", "1,2", "--only", "size")
        self.refuse(["--only colour", "gridding"], "ic1ih8oc2kh3", "--only", "colour")
        self.refuse(["--only checkerboard", "stride"], "ic1ih8oc2kh3", "--only", "checkerboard")
        self.refuse(["--only separability", "needs a kernel"], "ic1ih8oc2kh3", "--only",
                    "separability")  # fmt: skip
        self.refuse(["--kernel has shape [3]", "[3, 3]"], "ic1ih8oc2kh3", "--kernel", "1,2,1")
        for kernel in ("", "1,,2", "1,2;1", "x", "1/0", "nan", "1e999999999"):
            self.refuse(["--kernel" if kernel else "give a problem"], "--kernel", kernel)
        self.refuse(["2 problems"], "ic1ih8oc2kh3 | ic2ih6oc1kh3", "--kernel", "1")
        self.refuse(["wgrad writes its weights"], "wgrad:ic1ih8oc2kh3", "--kernel", "1")
        self.save("w.npy", np.zeros((1, 1, 3, 3), "f4"))
        self.refuse(["'w.npy' has shape [1, 1, 3, 3]", "[2, 1, 3, 3]"], "ic1ih8oc2kh3", "--weights",
                    "w.npy")  # fmt: skip
        self.refuse(["--weights needs the problem"], "--weights", "w.npy")
        self.refuse(["given 1 times", "2 problems"], "ic1ih8oc1kh3 | ic1ih6oc1kh3", "--weights",
                    "w.npy")  # fmt: skip
        self.refuse(["none.npy"], "ic1ih8oc1kh3", "--weights", "none.npy")
        self.save("nan.npy", np.full((1, 1, 3, 3), np.nan, "f4"))
        self.refuse(["nan.npy"], "ic1ih8oc1kh3", "--weights", "nan.npy")
        self.refuse(["nothing to draw"], "--kernel", "1,2,1", "--svg", "s")
        (self.path / "file").write_text("")
        self.refuse(["file", "directory"], "ic1ih8oc1kh3", "--svg", "file")
        self.refuse(["no/d.json"], "ic1ih8oc1kh3", "--json", "no/d.json")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]], verbosity=2)
