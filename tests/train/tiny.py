"""A tokenizer made on the spot from a mix, and a tiny Llama that has learned nothing yet."""

# pyright: basic, reportMissingImports=false
# (torch and transformers are in the environment of `make test-train` alone)

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

BOS, EOS, PAD = "<s>", "</s>", "<pad>"
TOKENS = (BOS, EOS, PAD, "<|im_start|>", "<|im_end|>")
VOCABULARY = 1024


def make_tokenizer(texts: Iterable[str], folder: Path) -> Path:
    """A byte-level BPE trained on texts, as a folder that transformers and curate open."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    engine = Tokenizer(models.BPE())
    engine.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    engine.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=list(TOKENS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    engine.train_from_iterator(texts, trainer)
    named = {"bos_token": BOS, "eos_token": EOS, "pad_token": PAD}
    PreTrainedTokenizerFast(tokenizer_object=engine, **named).save_pretrained(str(folder))
    return folder


def open_tokenizer(folder: Path, template: Path) -> Any:
    """The tokenizer as a trainer gets it, with a chat template."""
    from transformers import PreTrainedTokenizerFast

    tokenizer = PreTrainedTokenizerFast.from_pretrained(str(folder))
    tokenizer.chat_template = template.read_text(encoding="utf-8")
    return tokenizer


def make_model(tokenizer: Any, hidden: int = 64) -> Any:
    """Two layers of random weights, the same every time."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=hidden,
            intermediate_size=2 * hidden,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=4,
            max_position_embeddings=4096,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )
