"""Programs that run beside a test, each in a folder of its own."""

import json
import re
import subprocess

from test_founding import environment


class Running:
    """A program, until the test is over. What it prints and logs is in a file."""

    def __init__(self, folder, name, *words, **env):
        self._log = folder / f"{name}.log"
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                words, cwd=folder, env=environment(**env), stdin=subprocess.PIPE, stdout=self._stdout(log), stderr=log,
                encoding="utf-8",
            )  # fmt: skip

    def _stdout(self, log):
        return log

    def logged(self, what):
        return re.search(what, self._log.read_text(encoding="utf-8"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.communicate(timeout=20)


class Talking(Running):
    """What it is told, line by line, it does, and answers as JSON. What it logs is in a file."""

    def _stdout(self, log):
        return subprocess.PIPE

    def line(self):
        line = self._process.stdout.readline()
        assert line, self._log.read_text(encoding="utf-8")
        return line.rstrip("\n")

    def do(self, what):
        self._process.stdin.write(what + "\n")
        self._process.stdin.flush()
        return json.loads(self.line())
