"""`make hub`: the double by hand; with a command, for as long as that runs."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

from double.client import environment
from double.hub import Double

parser = argparse.ArgumentParser(description="A stand-in for the Hugging Face Hub on loopback.")
parser.add_argument("--port", type=int, default=0)
parser.add_argument("--user", default="me", help="who the token is of")
parser.add_argument("command", nargs=argparse.REMAINDER, help="what to run with it")
asked = parser.parse_args()

with (
    tempfile.TemporaryDirectory(prefix="hub-") as folder,
    Double(Path(folder), port=asked.port) as hub,
):
    settings = environment(hub, Path(folder) / "home", token=hub.token(asked.user))
    if asked.command:
        done = subprocess.run(asked.command, env={**os.environ, **settings}, check=False)
        sys.exit(done.returncode)
    print(f"# A stand-in for the Hub; may write to {asked.user}/…. In another shell:")  # noqa: T201
    for name, value in settings.items():
        print(f"export {name}={value}", flush=True)  # noqa: T201
    with suppress(KeyboardInterrupt):
        threading.Event().wait()
