#!/usr/bin/env python3
"""Reads a JUnit report as other programs do.

    read_junit.py REPORT [SCHEMA]    a line for each suite and case, as junitparser has them; with a schema the report is validated first

Exit status 0, or 1 where the report is not valid. Needs junitparser, and with a schema lxml, of PyPI.
"""

import sys

from junitparser import JUnitXml


def main() -> int:
    report = sys.argv[1]
    if len(sys.argv) > 2:
        from lxml import etree

        schema = etree.XMLSchema(etree.parse(sys.argv[2]))
        if not schema.validate(etree.parse(report)):
            print(schema.error_log, file=sys.stderr)
            return 1
    root = JUnitXml.fromfile(report)
    for suite in [root] if root._tag == "testsuite" else root:
        print(f"suite {suite.name}: {suite.tests} tests, {suite.failures} failures, {suite.errors} errors, {suite.skipped} skipped")
        counted = [0, 0, 0]
        for case in suite:
            kinds = [type(result).__name__ for result in case.result] or ["Passed"]
            for place, kind in enumerate(["Failure", "Error", "Skipped"]):
                counted[place] += kinds.count(kind)
            message = case.result[0].message if case.result else ""
            print(f"  {case.classname} | {case.name} | {' '.join(kinds)} | {message}")
        if counted != [suite.failures, suite.errors, suite.skipped]:
            print(f"{suite.name}: says {suite.failures} {suite.errors} {suite.skipped}, has {counted}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
