"""Answers questions about data sets with a tool's own code: a line of JSON in, one out.

A worker next to this file defines functions and ends with ``answering.main(read, write)``. It runs
with the interpreter that has the tool, so nothing of this project is imported. See `tool_oracle`.
"""

import contextlib
import json
import logging
import sys
import traceback


def main(*functions):
    """Call the named function for every line on stdin; what it prints goes to stderr."""
    logging.disable(logging.CRITICAL)
    calls = {function.__name__: function for function in functions}
    out = sys.stdout
    for line in sys.stdin:
        name, arguments = json.loads(line)
        try:
            with contextlib.redirect_stdout(sys.stderr):
                answer = {"answer": calls[name](*arguments)}
        except Exception as error:  # noqa: BLE001 - told to the test
            place = traceback.extract_tb(error.__traceback__)[-1]
            answer = {"error": f"{type(error).__name__}: {error} ({place.name}:{place.lineno})"}
        out.write(json.dumps(answer) + "\n")
        out.flush()
