# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""python_outcomes.py OUT MODULE|TEST…: runs tests of CPython's own suite, and writes "TEST: OUTCOME" lines to OUT, sorted.

What a test prints, and how long it takes, does not count; a test that fails counts by the kind of its failure.
"""
import sys
import unittest


class Outcomes(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.outcomes = {}

    def note(self, test, outcome):
        # Of several (subtests, a failure in tearDown) the worst stands.
        name = test.id() if hasattr(test, "id") else str(test)
        # They judge how late a timer is, which on a busy machine it is.
        if ".TimerfdTests." in name:
            return
        if self.outcomes.get(name, "ok") == "ok":
            self.outcomes[name] = outcome

    def addSuccess(self, test):
        self.note(test, "ok")

    def addError(self, test, err):
        self.note(test, f"error {err[0].__name__}")

    def addFailure(self, test, err):
        self.note(test, "failed")

    def addSkip(self, test, reason):
        self.note(test, f"skipped {reason}")

    def addExpectedFailure(self, test, err):
        self.note(test, "failed as expected")

    def addUnexpectedSuccess(self, test):
        self.note(test, "succeeded unexpectedly")

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self.note(test, "failed in a subtest")


def main():
    out, *names = sys.argv[1:]
    # Where it is run from is not where its modules are.
    sys.path[0] = ""
    result = Outcomes()
    unittest.defaultTestLoader.loadTestsFromNames(names).run(result)
    with open(out, "w", encoding="utf-8") as file:
        for name, outcome in sorted(result.outcomes.items()):
            print(f"{name}: {outcome}", file=file)


if __name__ == "__main__":
    main()
