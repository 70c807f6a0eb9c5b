"""A mix is built again with nothing but what its card says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from double import Client, Double, environment
from pulls import built, chats, split
from releases import publish

RECIPE = """
name: mix
template: mine.jinja
publish: {{to: elsewhere/else, config: stage-1}}
sources:
  chat: {{hub: {repo}-source, take: 30}}
  more: {{hub: {repo}-source, files: more.jsonl, take: 9}}
"""
TEMPLATE = "{% for message in messages %}{{ message.role }}: {{ message.content }}\n{% endfor %}"


@pytest.mark.slow
def test_what_the_card_says_gives_the_same_bytes(
    hub: Double, client: Client, token: str, repo: str, tmp_path: Path
) -> None:
    hub.put(
        f"{repo}-source",
        {**split(3, 100, 20), "more.jsonl": lines(20)},
        card="---\nlicense: mit\n---\n",
        xet=client.xet,
    )
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "mine.jinja").write_text(TEMPLATE)
    text = RECIPE.format(repo=repo)
    first = client.call(built, tmp_path / "here", text, tmp_path / "cache")
    assert "recipe.lock" in first, first
    folder = tmp_path / "here" / "out" / "mix"
    assert client.call(publish, str(folder), "--to", repo, "--tag", "v1").code == 0
    hub.put(f"{repo}-source", split(3, 100, 20, words=3), xet=client.xet)  # its branch moves on
    card = hub.files(repo)["README.md"].decode()
    (said,) = re.findall(r"```bash\n(.*?)```", card, re.DOTALL)
    pip, *commands = said.strip().splitlines()
    assert pip.startswith("pip install curate-traces==")
    assert len(commands) == 2
    (tmp_path / "there").mkdir()
    told = environment(hub, tmp_path / "home", token=token, xet=client.xet)
    bin_ = Path(sys.executable).parent
    path = {"PATH": f"{bin_}:{os.environ['PATH']}", "PYTHONPATH": str(Path(__file__).parents[2])}
    for command in commands:
        done = subprocess.run(
            command.replace("curate build", f"{sys.executable} -m curate build"),
            shell=True,  # as a reader of the card would run it
            cwd=tmp_path / "there",
            env={**os.environ, **told, **path, "CURATE_CACHE": str(tmp_path / "empty")},
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
    again = tmp_path / "there" / "build" / "mix"
    for name in first:
        assert (again / name).read_bytes() == (folder / name).read_bytes(), name


def lines(count: int) -> bytes:
    import json

    return "".join(json.dumps(chat) + "\n" for chat in chats(900, count)).encode()
