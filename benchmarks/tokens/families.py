"""Tokenizers of other families than the real one, trained on the spot."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)

VOCABULARY = 16_000
SPECIALS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
LLAMA_3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"


def tinyllama(texts: Sequence[str]) -> Tokenizer:
    """Byte pairs over whole texts, as SentencePiece makes them; one space is put in front, and `<s>`."""
    trained = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    trained.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
    first = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY, special_tokens=first, show_progress=False, limit_alphabet=1000
    )
    trained.train_from_iterator(texts, trainer)
    told: dict[str, Any] = json.loads(trained.to_str())
    told["added_tokens"] = [token for token in told["added_tokens"] if token["id"] < 3]
    made = Tokenizer.from_str(json.dumps({**told, "pre_tokenizer": None}))
    marks = [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    made.normalizer = normalizers.Sequence(marks)
    made.post_processor = processors.TemplateProcessing(
        single="<s> $0", special_tokens=[("<s>", 1)]
    )
    return made


def llama_3(texts: Sequence[str]) -> Tokenizer:
    """Byte pairs over bytes, cut by Llama 3's expression, with a token in front."""
    made = Tokenizer(models.BPE(ignore_merges=True))
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(LLAMA_3), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=SPECIALS,
        initial_alphabet=alphabet,
        show_progress=False,
    )
    made.train_from_iterator(texts, trainer)
    made.post_processor = processors.TemplateProcessing(
        single="<|endoftext|> $0", special_tokens=[("<|endoftext|>", 0)]
    )
    return made


def bert(texts: Sequence[str]) -> Tokenizer:
    """Pieces of words in small letters, between two tokens."""
    made = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer()
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(
        vocab_size=VOCABULARY, special_tokens=["[UNK]", "[CLS]", "[SEP]"], show_progress=False
    )
    made.train_from_iterator(texts, trainer)
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $0 [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    return made


FAMILIES: dict[str, Callable[[Sequence[str]], Tokenizer]] = {
    "as TinyLlama": tinyllama,
    "as Llama 3": llama_3,
    "as BERT": bert,
}


def trained(texts: Sequence[str], folder: Path) -> dict[str, Path]:
    """A file of each family, with tokens added that texts may hold."""
    files: dict[str, Path] = {}
    for name, train in FAMILIES.items():
        made = train(texts)
        made.add_tokens([AddedToken(token, normalized=False) for token in SPECIALS])
        files[name] = folder / f"{name.replace(' ', '-')}.json"
        made.save(str(files[name]))
    return files
