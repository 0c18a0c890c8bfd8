# SPDX-License-Identifier: Apache-2.0
"""Validates reports against the JSON Schema with an independent validator (python3-jsonschema)."""

import json
import sys

import jsonschema


def refuse_constant(name):
    raise ValueError(f"bare {name} is not JSON")


def main(schema_path, *report_paths):
    with open(schema_path, encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    bad = 0
    for path in report_paths:
        with open(path, encoding="utf-8") as file:
            report = json.load(file, parse_constant=refuse_constant)
        for error in validator.iter_errors(report):
            bad += 1
            print(f"{path}: {'/'.join(map(str, error.absolute_path))}: {error.message}")
    return 1 if bad else 0


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit("usage: check_schema.py SCHEMA REPORT...")
    sys.exit(main(*sys.argv[1:]))
