"""Waiting for a condition, never for a time."""

import time


def until(condition, what, seconds=60.0, pause=0.02):
    """Asks until `condition()` is true and answers with it; fails after `seconds`.

    An exception of the operating system's (a connection refused, say) counts as not yet.
    """
    deadline = time.monotonic() + seconds
    problem = None
    while True:
        try:
            answer = condition()
            if answer:
                return answer
        except OSError as error:
            problem = error
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what} ({problem or 'no error'})")
        time.sleep(pause)
