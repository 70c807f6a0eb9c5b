"""`make hub`: the double, by hand."""

from __future__ import annotations

import argparse
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

from double.client import environment
from double.hub import Double

parser = argparse.ArgumentParser(description="A stand-in for the Hugging Face Hub on loopback.")
parser.add_argument("--port", type=int, default=8765)
parser.add_argument("--user", default="me", help="who the printed token is of")
asked = parser.parse_args()

with (
    tempfile.TemporaryDirectory(prefix="hub-") as folder,
    Double(Path(folder), port=asked.port) as hub,
):
    print(f"# A stand-in for the Hub; may write to {asked.user}/…. In another shell:")  # noqa: T201
    for name, value in environment(hub, Path(folder) / "home", token=hub.token(asked.user)).items():
        print(f"export {name}={value}", flush=True)  # noqa: T201
    with suppress(KeyboardInterrupt):
        threading.Event().wait()
