"""Runs the tests of a module beside this file and prints one line of JSON per test.

usage: report.py list MODULE | report.py run MODULE
"""

import json
import sys
import unittest


def cases(suite):
    for each in suite:
        if isinstance(each, unittest.TestSuite):
            yield from cases(each)
        else:
            yield each


class Report(unittest.TestResult):
    """Tells of each test how it went; a failed part of a test is a failure of the test."""

    def startTest(self, test):
        super().startTest(test)
        self.status, self.detail = "passed", ""

    def note(self, status, detail):
        self.status = status
        self.detail += detail

    def addError(self, test, err):
        self.note("failed", self._exc_info_to_string(err, test))
        if not isinstance(test, unittest.TestCase):
            # setUpClass failed: no test of the class will run.
            self.print(str(test))

    def addFailure(self, test, err):
        self.note("failed", self._exc_info_to_string(err, test))

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self.note("failed", f"{subtest}\n{self._exc_info_to_string(err, test)}")

    def addSkip(self, test, reason):
        self.note("skipped", reason)

    def stopTest(self, test):
        super().stopTest(test)
        self.print(test.id())

    def print(self, name):
        print(json.dumps({"name": name, "status": self.status, "detail": self.detail}), flush=True)

    status, detail = "passed", ""


def main(action, module):
    suite = unittest.defaultTestLoader.loadTestsFromName(module)
    if action == "list":
        for case in cases(suite):
            print(json.dumps(case.id()))
    else:
        suite.run(Report())


if __name__ == "__main__":
    main(*sys.argv[1:])
