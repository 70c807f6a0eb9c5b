"""Where a mix stands on the Hub, and what its card says of loading it from there.

A folder is built before anyone knows where it goes. So what its card says of that can be told again for the
place it is published to.
"""

from __future__ import annotations

from dataclasses import dataclass

from curate.recipe.model import Publish

MAIN = "main"
DEFAULT = "default"
"""What `datasets` calls the configuration that has no name."""


@dataclass(frozen=True)
class Address:
    """A configuration of a repository, on a branch or at a tag."""

    repository: str
    config: str = DEFAULT
    branch: str = MAIN
    tag: str | None = None

    @classmethod
    def foreseen(cls, name: str, publish: Publish | None) -> Address:
        """Where a mix of this name is to go, as far as its recipe says."""
        if publish is None:
            return cls(f"ORG/{name}")
        return cls(publish.to, publish.config or DEFAULT)

    @property
    def revision(self) -> str:
        """What is loaded: the tag, if there is one."""
        return self.tag or self.branch

    @property
    def folder(self) -> str:
        """What the paths of its files begin with; the default configuration stands at the top."""
        return "" if self.config == DEFAULT else f"{self.config}/"

    def layout(self, name: str) -> str:
        """What the configuration of a layout is called that is not the first."""
        return name if self.config == DEFAULT else f"{self.config}-{name}"

    def call(self) -> str:
        """The line of Python that loads it."""
        config = "" if self.config == DEFAULT else f', "{self.config}"'
        return (
            f'load_dataset("{self.repository}"{config}, split="train", revision="{self.revision}")'
        )

    def pinning(self) -> str:
        """How what is loaded stays what it is."""
        if self.tag is not None:
            return f"`{self.tag}` is a tag, which does not move: what is loaded stays what it is."
        return (
            f"In place of `{self.branch}` write the commit you first loaded (under *History*), or a tag: what is "
            "loaded then stays what it is."
        )

    def rebuilding(self, *, locked: bool) -> str:
        """The commands that fetch the recipe, and build it again."""
        here = self.repository.rpartition("/")[2]
        revision = "" if self.revision == MAIN else f" --revision {self.revision}"
        return (
            f'hf download {self.repository} --repo-type dataset{revision} --exclude "*.parquet" --local-dir {here}\n'
            f"curate build {here}/{self.folder}recipe.yaml{' --locked' if locked else ''}"
        )

    def readdressed(self, card: str, to: Address, layouts: tuple[str, ...]) -> str:
        """A card that was written for this address, for another one."""
        words = [
            (self.call(), to.call()),
            (self.pinning(), to.pinning()),
            *((self.rebuilding(locked=said), to.rebuilding(locked=said)) for said in (True, False)),
            *((_named(self.layout(name)), _named(to.layout(name))) for name in layouts),
        ]
        for before, after in words:
            card = card.replace(before, after, 1)
        return card


def _named(layout: str) -> str:
    return f'with `name="{layout}"`'
