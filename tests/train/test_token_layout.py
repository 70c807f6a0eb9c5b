"""Layout `tokens` beside transformers and TRL: the same ids, the same masks, and it trains as it stands."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportMissingImports=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (transformers, TRL and torch are no dependencies, and their types are partial)

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

for _folder in ("output", "sequences"):
    sys.path.insert(0, str(Path(__file__).parents[1] / _folder))

trl = pytest.importorskip("trl")
transformers = pytest.importorskip("transformers")
torch = pytest.importorskip("torch")

import mixes  # noqa: E402
from small import PAIRS  # noqa: E402

from curate import shipped  # noqa: E402
from curate.chat_template.conversation import open_template  # noqa: E402
from curate.chat_template.row_rendering import render_row  # noqa: E402
from curate.output.reading import read_rows  # noqa: E402
from curate.recipe.model import TinyLlama, Tokens  # noqa: E402
from curate.sequences.tinyllama import collate  # noqa: E402
from curate.step import TemplateUse  # noqa: E402

TEMPLATES = ("chatml_think", "human_assistant", "trlm-stage-2-fixed")


def tokenizer(file: Path) -> Any:
    made = transformers.PreTrainedTokenizerFast(tokenizer_file=str(file), eos_token="<|im_end|>")
    made.pad_token = made.eos_token
    return made


def written(folder: Path, file: Path, template: str = "chatml_think", **options: Any) -> Path:
    use = TemplateUse(shipped.templates()[template], "", "<|im_end|>")
    recipe = mixes.recipe(
        "conversation", "sft-messages", Tokens(**options), tokenizer=file, template=use
    )
    mixes.write(folder, recipe, supported())
    return folder


def supported() -> pl.DataFrame:
    """The rows without tools, which not every template prints."""
    rows = mixes.rows()
    return rows.filter(pl.col("tools").is_null())


@pytest.mark.parametrize("template", TEMPLATES)
def test_masks_are_those_of_transformers(tmp_path: Path, template: str) -> None:
    folder = written(tmp_path / "tiny", PAIRS, template)
    theirs = tokenizer(PAIRS)
    theirs.chat_template = (folder / "chat_template.jinja").read_text(encoding="utf-8")
    ids = read_rows(folder, "tokens").collect()
    turns = supported()
    for row, told in zip(turns.iter_rows(named=True), ids.iter_rows(named=True), strict=True):
        messages = [
            {
                "role": turn["role"],
                "content": turn["content"],
                "reasoning_content": turn["thinking"],
            }
            for turn in row["messages"]
        ]
        found = theirs.apply_chat_template(
            messages, return_dict=True, return_assistant_tokens_mask=True
        )
        assert found["input_ids"] == told["input_ids"]
        mask = [label != -100 for label in told["labels"]]
        assert [bool(one) for one in found["assistant_masks"]] == mask


def model(file: Path) -> Any:
    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        vocab_size=len(tokenizer(file)),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=1024,
    )
    return transformers.LlamaForCausalLM(config)


def trainer(folder: Path, file: Path, **more: Any) -> Any:
    import datasets

    rows = datasets.load_dataset(
        str(folder), name="tokens", split="train", cache_dir=str(folder.parent / "cache")
    )
    args = trl.SFTConfig(
        output_dir=str(folder.parent / "out"), report_to=[], use_cpu=True, save_strategy="no",
        bf16=False, max_steps=2, per_device_train_batch_size=2, max_length=512, **more,
    )  # fmt: skip
    return trl.SFTTrainer(model(file), args, train_dataset=rows, processing_class=tokenizer(file))


def test_trl_trains_on_it_without_preparing_it(tmp_path: Path) -> None:
    folder = written(tmp_path / "tiny", PAIRS, max_length=512)
    ready = trainer(folder, PAIRS)
    ours = read_rows(folder, "tokens").collect()
    for column in ("input_ids", "labels"):
        assert ready.train_dataset[column][:] == ours[column].to_list()
    assert ready.train().training_loss > 0


def test_no_sequence_of_a_pack_attends_to_another(tmp_path: Path) -> None:
    folder = written(tmp_path / "tiny", PAIRS, max_length=512, packing="first_fit_decreasing")
    ours = read_rows(folder, "tokens").collect()
    assert any(len(row) > 1 for row in ours["seq_lengths"].to_list())
    from trl.trainer.sft_trainer import DataCollatorForLanguageModeling

    collate = DataCollatorForLanguageModeling(pad_token_id=0, padding_free=True)
    small = model(PAIRS).eval()
    for row in ours.select("input_ids", "labels", "seq_lengths", "position_ids").to_dicts():
        batch = collate([row])
        assert batch["position_ids"][0].tolist() == row["position_ids"]
        assert batch["labels"][0].tolist() == row["labels"]
        with torch.no_grad():
            packed = small(**{**batch, "labels": None}, use_cache=False).logits[0]
            alone = [
                small(part[None], use_cache=False).logits[0]
                for part in batch["input_ids"][0].split(row["seq_lengths"])
            ]
        assert torch.allclose(packed, torch.cat(alone), atol=1e-5)


@pytest.mark.parametrize(
    ("name", "packing"),
    [
        ("trl.yaml", "none"),
        ("trl-tokens.yaml", "none"),
        ("trl-tokens.yaml", "first_fit_decreasing"),
    ],
)
def test_trl_trains_as_the_folder_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, packing: str
) -> None:
    import datasets

    folder = written(tmp_path / "tiny", PAIRS, max_length=512, packing=packing)
    monkeypatch.chdir(folder)
    kinds = (trl.ScriptArguments, trl.SFTConfig, trl.ModelConfig)
    given = ["--config", name, "--model_name_or_path", "MODEL", "--output_dir", "../out"]
    more = ["--use_cpu", "--bf16", "false", "--max_steps", "1", "--report_to", "none"]
    script, config, _ = trl.TrlParser(kinds).parse_args_and_config(
        [*given, *more, "--save_strategy", "no"], fail_with_unknown_args=True
    )
    rows = datasets.load_dataset(
        script.dataset_name, name=script.dataset_config, cache_dir=str(tmp_path / "cache")
    )[script.dataset_train_split]
    ready = trl.SFTTrainer(
        model(PAIRS), config, train_dataset=rows, processing_class=tokenizer(PAIRS)
    )
    expected = read_rows(folder, "tokens" if "tokens" in name else None).collect()
    assert len(ready.train_dataset) == expected.height
    assert config.max_length == {"trl.yaml": 256, "trl-tokens.yaml": 512}[name] or packing != "none"
    assert ready.train().training_loss > 0


def test_trl_reads_what_the_folder_says_of_pairs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import datasets

    manifest = mixes.write(tmp_path / "tiny", mixes.recipe("preference", tokenizer=PAIRS))
    monkeypatch.chdir(tmp_path / "tiny")
    kinds = (trl.ScriptArguments, trl.DPOConfig, trl.ModelConfig)
    given = ["--config", "trl.yaml", "--output_dir", "../out", "--use_cpu", "--bf16", "false"]
    script, config, _ = trl.TrlParser(kinds).parse_args_and_config(
        given, fail_with_unknown_args=True
    )
    rows = datasets.load_dataset(script.dataset_name, cache_dir=str(tmp_path / "cache"))
    assert len(rows[script.dataset_train_split]) == 6
    assert config.max_length == manifest.max_length


@pytest.mark.parametrize("train_on_source", [False, True])
def test_tinyllamas_batches_are_those_of_torch_and_transformers(
    tmp_path: Path, train_on_source: bool
) -> None:
    from torch.nn.utils.rnn import pad_sequence

    theirs = tokenizer(PAIRS)
    used = TinyLlama(
        bos_token="<|im_start|>", eos_token="<|im_end|>", input="prompt",
        source_max_len=20, target_max_len=25, train_on_source=train_on_source,
    )  # fmt: skip
    template = TemplateUse(shipped.templates()["guanaco"])
    made = mixes.recipe("conversation", used, tokenizer=PAIRS, template=template)
    # With thinking off the prompt holds an empty block, which the row does not: it is left out.
    rows = supported().filter(pl.col("chat_template_kwargs").is_null())
    mixes.write(tmp_path / "tiny", made, rows)
    ours = read_rows(tmp_path / "tiny").select("input_ids", "labels").collect()
    guanaco = open_template(template)
    ids, labels = [], []
    for row in rows.to_dicts():
        whole = render_row(row, row["messages"], guanaco).text
        asked = render_row(row, row["messages"][:-1], guanaco, prompt=True).text
        parts = (("<|im_start|>" + asked, 20), (whole[len(asked) :] + "<|im_end|>", 25))
        source, target = (
            theirs(text, max_length=most, truncation=True, add_special_tokens=False)["input_ids"]
            for text, most in parts
        )
        ids.append(torch.tensor(source + target))
        masked = source if train_on_source else [-100] * len(source)
        labels.append(torch.tensor(masked + target))
    pad = theirs.pad_token_id
    batch = collate(ours.to_dicts(), pad)
    expected = pad_sequence(ids, batch_first=True, padding_value=pad)
    assert batch["input_ids"].tolist() == expected.tolist()
    assert batch["attention_mask"].tolist() == expected.ne(pad).tolist()
    padded = pad_sequence(labels, batch_first=True, padding_value=-100)
    assert batch["labels"].tolist() == padded.tolist()
