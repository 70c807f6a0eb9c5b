"""The card of a repository: mixes' cards come and go in it, and what people wrote stays."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from releases import mix

from curate.errors import OutputError
from curate.release.card import data_patterns, merge_card
from curate.release.parcels import Parcel, pack


@pytest.fixture(scope="session")
def parcel(tmp_path_factory: pytest.TempPathFactory) -> Parcel:
    folder = mix(tmp_path_factory.mktemp("card"), 4, more="layouts: [sft-messages, sft-text]\n")
    return pack([folder], "ann/mix", private=False)["ann/mix"][0]


def at(parcel: Parcel, **where: str) -> Parcel:
    """The parcel on its way to somewhere else in the repository."""
    return replace(parcel, address=replace(parcel.address, **where))


def changed(parcel: Parcel, folder: Path, **header: Any) -> Parcel:
    """The parcel with other words in its card's header; None takes a word out."""
    _, told, body = parcel.card.split("---\n", 2)
    words = yaml.safe_load(told) | header
    kept = {key: word for key, word in words.items() if word is not None}
    folder.mkdir(exist_ok=True)
    (folder / "README.md").write_text(f"---\n{yaml.safe_dump(kept)}---\n{body}", encoding="utf-8")
    return replace(parcel, folder=folder)


def header(card: str) -> dict[str, Any]:
    return yaml.safe_load(card.split("---\n")[1])


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40)
KEYS = st.sampled_from(["license", "pretty_name", "tags", "language", "extra"])


def written(told: dict[str, str], text: str) -> str:
    return (f"---\n{yaml.safe_dump(told)}---\n" if told else "") + text


CARDS = st.builds(written, st.dictionaries(KEYS, WORDS), WORDS)


@given(CARDS, st.permutations(["default", "one", "two"]))
def test_doing_it_again_changes_nothing(parcel: Parcel, card: str, configs: list[str]) -> None:
    for config in configs:
        card = merge_card(card, at(parcel, config=config))
    for config in configs:
        assert merge_card(card, at(parcel, config=config)) == card


@given(CARDS)
def test_what_people_wrote_stays(parcel: Parcel, card: str) -> None:
    merged = merge_card(card, parcel)
    told, text = (header(card), card.split("---\n", 2)[2]) if card[:4] == "---\n" else ({}, card)
    assert text.strip() in merged
    assert told.get("extra") == header(merged).get("extra")
    if told.get("pretty_name"):
        assert header(merged)["pretty_name"] == told["pretty_name"]


def test_a_first_card_is_the_mixs_own(parcel: Parcel) -> None:
    card = merge_card("", parcel)
    assert header(card) == header(parcel.card)
    assert parcel.card.split("---\n", 2)[2].strip() in card


def test_our_words_give_way_to_our_new_ones(parcel: Parcel, tmp_path: Path) -> None:
    card = merge_card("---\ntags: [mine]\n---\n", parcel)
    assert header(card)["tags"] == ["mine", *header(parcel.card)["tags"]]
    other = changed(
        parcel, tmp_path, tags=["new"], license="cc0-1.0", pretty_name="B", language=None
    )
    again = header(merge_card(card, other))
    assert (again["tags"], again["license"], again["pretty_name"]) == (
        ["mine", "new"],
        "cc0-1.0",
        "B",
    )


def test_words_that_another_mix_has_too_stay(parcel: Parcel, tmp_path: Path) -> None:
    card = merge_card(merge_card("", at(parcel, config="one")), at(parcel, config="two"))
    other = at(changed(parcel, tmp_path, tags=["new"], license="cc0-1.0"), config="two")
    again = header(merge_card(card, other))
    assert again["tags"] == [*header(parcel.card)["tags"], "new"]
    assert again["license"] == ["mit", "cc0-1.0"]


def test_words_changed_by_hand_stay(parcel: Parcel) -> None:
    card = merge_card("", parcel).replace("pretty_name: mix", "pretty_name: The best mix")
    assert header(merge_card(card, parcel))["pretty_name"] == "The best mix"


def test_configurations_have_names_and_folders(parcel: Parcel) -> None:
    named = at(parcel, config="one")
    theirs = "---\nconfigs:\n- config_name: theirs\n  data_files: x.csv\ndataset_info:\n  splits: []\n---\n"
    card = header(merge_card(merge_card(theirs, parcel), named))
    names = [config["config_name"] for config in card["configs"]]
    assert names == ["theirs", "default", "sft-text", "one", "one-sft-text"]
    assert [info["config_name"] for info in card["dataset_info"]] == names[1:]
    assert data_patterns(parcel) == ["data/train-*", "sft-text/train-*"]
    assert data_patterns(named) == ["one/data/train-*", "one/sft-text/train-*"]


def test_a_row_cannot_end_a_mixs_part(parcel: Parcel, tmp_path: Path) -> None:
    tricky = changed(parcel, tmp_path, description="a --> b")
    file = tmp_path / "README.md"
    file.write_text(
        file.read_text("utf-8") + "\n<!-- curate: end default -->\nstill ours\n", "utf-8"
    )
    card = merge_card("", tricky)
    assert merge_card(card, parcel).count("still ours") == 0


def test_a_broken_header_is_told(parcel: Parcel) -> None:
    with pytest.raises(OutputError, match="the card of ann/mix has a header that is no YAML"):
        merge_card("---\nlicense: [\n---\n", parcel)


def test_a_comment_edited_by_hand_is_no_obstacle(parcel: Parcel) -> None:
    card = merge_card("", parcel).replace('begin default {"', 'begin default {?"')
    assert merge_card(card, parcel).count("<!-- curate: begin default {") == 1


def test_name_and_size_are_of_all_mixes_together(parcel: Parcel, tmp_path: Path) -> None:
    _, told, _ = parcel.card.split("---\n", 2)
    info: list[Any] = yaml.safe_load(told)["dataset_info"]
    info[0]["splits"][0]["num_examples"] = 600
    one, two = (
        at(changed(parcel, tmp_path / name, dataset_info=info, pretty_name=name), config=name)
        for name in ("one", "two")
    )
    card = merge_card("", one)
    assert (header(card)["pretty_name"], header(card)["size_categories"]) == ("one", ["n<1K"])
    card = merge_card(card, two)
    both = ("mix", ["1K<n<10K"])  # the repository's name, and 1,200 rows
    assert (header(card)["pretty_name"], header(card)["size_categories"]) == both
    assert merge_card(merge_card(card, one), two) == card
    mine = card.replace("pretty_name: mix", "pretty_name: Mine").replace("1K<n<10K", "10K<n<100K")
    again = header(merge_card(mine, one))
    assert again["pretty_name"] == "Mine"
    assert again["size_categories"][0] == "10K<n<100K"


def test_a_card_tells_where_it_stands(parcel: Parcel) -> None:
    card = merge_card("", parcel)
    assert 'rows = load_dataset("ann/mix", split="train", revision="main")' in card
    assert "hf download ann/mix --repo-type dataset --exclude" in card
    assert "curate build mix/recipe.yaml\n" in card
    assert 'with `name="sft-text"`' in card
    card = merge_card("", at(parcel, config="one", branch="next"))
    assert 'load_dataset("ann/mix", "one", split="train", revision="next")' in card
    assert "In place of `next` write the commit" in card
    assert "hf download ann/mix --repo-type dataset --revision next --exclude" in card
    assert "curate build mix/one/recipe.yaml\n" in card
    assert 'with `name="one-sft-text"`' in card
    assert "ORG/" not in card


@pytest.mark.parametrize("config", ["default", "one"])
def test_a_tag_stays_in_the_card_as_long_as_the_build_does(
    parcel: Parcel, tmp_path: Path, config: str
) -> None:
    tagged = merge_card("By hand.", at(parcel, config=config, tag="v1"))
    assert 'split="train", revision="v1")' in tagged
    assert "`v1` is a tag" in tagged
    assert merge_card(tagged, at(parcel, config=config)) == tagged
    assert 'revision="v2")' in merge_card(tagged, at(parcel, config=config, tag="v2"))
    other = at(changed(parcel, tmp_path, tags=["new"]), config=config)
    assert 'revision="v1")' not in merge_card(tagged, other)
