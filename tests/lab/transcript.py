"""A walk-through that is both a narrated transcript for a reader and a list of assertions for a test.

Every line that looks like a command was run, and what stands under it is what it printed. Every claim ends in a line
"ok - ..." or "not ok - ..."; finish() prints the summary and returns the exit status.
"""
import sys
import time


class Transcript:
    def __init__(self, narrate):
        self.narrate = narrate
        self.results = []
        self.shown = []
        self.started = time.monotonic()
        tty = sys.stdout.isatty()
        self.bold, self.green, self.red, self.plain = (
            ("\033[1m", "\033[32m", "\033[31m", "\033[0m") if tty else ("", "", "", ""))

    def _say(self, text):
        if self.narrate:
            print(text, flush=True)
        else:
            self.shown.append(text)

    def title(self, text):
        self.shown.clear()
        self._say(f"\n{self.bold}== {text}{self.plain}")

    def note(self, text):
        self._say(f"   {text}")

    def show(self, node, result, command=None):
        """One command and its output, as on the node's terminal."""
        self._say(f"{self.bold}{node.name}#{self.plain} {command or result.command}")
        for line in result.output.rstrip("\n").splitlines():
            self._say(f"  {line}")
        return result

    def file(self, node, path, text):
        self._say(f"{self.bold}{node.name}:{self.plain}{path}")
        for line in text.rstrip("\n").splitlines():
            self._say(f"  | {line}")

    def run(self, node, command, **kwargs):
        return self.show(node, node.sh(command, **kwargs))

    def check(self, claim, holds, seen=""):
        self.results.append((claim, bool(holds)))
        if holds:
            print(f"{self.green}ok{self.plain} - {claim}", flush=True)
            return True
        if not self.narrate:
            print("\n".join("# " + line for text in self.shown for line in text.splitlines()))
        print(f"{self.red}not ok{self.plain} - {claim}", flush=True)
        for line in str(seen).splitlines():
            print(f"#   {line}", flush=True)
        return False

    def finish(self, what):
        failed = [claim for claim, holds in self.results if not holds]
        took = time.monotonic() - self.started
        if self.narrate:
            print(f"\n{self.bold}== Summary: {what}{self.plain}")
            for claim, holds in self.results:
                colour, word = (self.green, "ok    ") if holds else (self.red, "FAILED")
                print(f"  {colour}{word}{self.plain} {claim}")
            print(f"\n{len(self.results) - len(failed)} of {len(self.results)} steps gave the expected result "
                  f"in {took:.0f} seconds.")
        return 1 if failed else 0


def eventually(condition, seconds, interval=0.3):
    """The first true value of condition() within `seconds`, else its last value."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value or time.monotonic() >= deadline:
            return value
        time.sleep(interval)
