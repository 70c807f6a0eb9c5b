"""Small tokenizers, put together as public ones are."""

# pyright: reportUnknownMemberType=false
# (tokenizers types its lists as lists of anything)

from __future__ import annotations

import json
from collections.abc import Callable
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

from curate.tokens.counting import NASTY
from curate.tokens.cuts import GPT_2

WORDS = [
    "It's the end, isn't it? We'll see 12 or 345 of them (x = y+1).",
    "def f(x):\n\treturn x[0] != 'a'\n\n\n  # done",
    "naïve façade, 中文字符 한국어 ไทย, e\u0301 👍🏽 ½\u00a0km",
    *NASTY,
]
"""What they are trained on."""

LLAMA = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN = LLAMA.replace("{1,3}", "")
_WORD = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]%s[\p{Ll}\p{Lm}\p{Lo}\p{M}]%s(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
O200K = "|".join(
    [
        r"[^\r\n\p{L}\p{N}]?" + _WORD % ("*", "+"),
        r"[^\r\n\p{L}\p{N}]?" + _WORD % ("+", "*"),
        r"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    ]
)
DEEPSEEK = (
    r"\p{N}{1,3}",
    "[一-龥\u3040-ゟ゠-ヿ]+",
    r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
)
FALCON = " ?[^(\\s|[.,!?…。，、।۔،])]+"


def bytes_cut(*before: Any, use_regex: bool = True, add_prefix_space: bool = False) -> Tokenizer:
    """Byte pairs over bytes."""
    tokenizer = Tokenizer(models.BPE())
    last = pre_tokenizers.ByteLevel(add_prefix_space=add_prefix_space, use_regex=use_regex)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([*before, last])
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=600, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(WORDS * 3, trainer)
    return tokenizer


def split(*patterns: str, normalizer: Any = None) -> Tokenizer:
    before = [pre_tokenizers.Split(Regex(pattern), "isolated") for pattern in patterns]
    tokenizer = bytes_cut(*before, use_regex=False)
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    return tokenizer


def marked(normalizer: Any, pre_tokenizer: Any = None) -> Tokenizer:
    """Byte pairs over words marked with U+2581, with bytes for what has no token."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
    codes = ["<unk>", *(f"<0x{byte:02X}>" for byte in range(256))]
    trainer = trainers.BpeTrainer(vocab_size=600, special_tokens=codes, show_progress=False)
    tokenizer.train_from_iterator(WORDS * 3, trainer)
    told = json.loads(tokenizer.to_str())
    told["added_tokens"] = [token for token in told["added_tokens"] if token["id"] == 0]
    made = Tokenizer.from_str(json.dumps({**told, "pre_tokenizer": None}))
    if normalizer is not None:
        made.normalizer = normalizer
    if pre_tokenizer is not None:
        made.pre_tokenizer = pre_tokenizer
    return made


def unigram(normalizer: Any, pre_tokenizer: Any) -> Tokenizer:
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizer
    trainer = trainers.UnigramTrainer(
        vocab_size=300, special_tokens=["<unk>"], unk_token="<unk>", show_progress=False
    )
    tokenizer.train_from_iterator(WORDS * 3, trainer)
    return tokenizer


def bert() -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(
        vocab_size=400, special_tokens=["[UNK]", "[CLS]", "[SEP]"], show_progress=False
    )
    tokenizer.train_from_iterator(WORDS * 3, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $0 [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    return tokenizer


def words() -> Tokenizer:
    tokenizer = Tokenizer(models.WordLevel(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    trainer = trainers.WordLevelTrainer(special_tokens=["<unk>"], show_progress=False)
    tokenizer.train_from_iterator(WORDS * 3, trainer)
    return tokenizer


_MARKS = normalizers.Replace(" ", "▁")
FAMILIES: dict[str, Callable[[], Tokenizer]] = {
    "gpt-2": bytes_cut,
    "roberta": lambda: bytes_cut(add_prefix_space=True),
    "smollm2": lambda: bytes_cut(pre_tokenizers.Digits(individual_digits=True)),
    "falcon": lambda: split(FALCON),
    "llama-3": lambda: split(LLAMA),
    "qwen-2": lambda: split(QWEN, normalizer=normalizers.NFC()),
    "gpt-neox": lambda: split(GPT_2, normalizer=normalizers.NFC()),
    "nfkc": lambda: split(GPT_2, normalizer=normalizers.NFKC()),
    "gpt-4o": lambda: split(O200K),
    "deepseek": lambda: split(*DEEPSEEK),
    "tinyllama": lambda: marked(normalizers.Sequence([normalizers.Prepend("▁"), _MARKS])),
    "mistral": lambda: marked(None, pre_tokenizers.Metaspace(prepend_scheme="first", split=False)),
    "gemma": lambda: marked(_MARKS, pre_tokenizers.Split(" ", "merged_with_previous")),
    "albert": lambda: unigram(
        normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]),
        pre_tokenizers.Metaspace(),
    ),
    "xlm-r": lambda: unigram(
        normalizers.Sequence(
            [
                normalizers.Nmt(),
                normalizers.NFKC(),
                normalizers.Strip(left=False, right=True),
                normalizers.Replace(Regex(" {2,}"), "▁"),
            ]
        ),
        pre_tokenizers.Metaspace(prepend_scheme="always"),
    ),
    "t5": lambda: unigram(
        normalizers.NFKC(),
        pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()]),
    ),
    "bert": bert,
    "words": words,
}
"""By the model that is put together like this."""

FEW = [AddedToken("<|end|>", normalized=False), AddedToken("<|e", normalized=False)]
MANY = [
    *FEW,
    AddedToken("<think>", normalized=True),
    AddedToken("<r>", rstrip=True, normalized=False),
    AddedToken("<l>", lstrip=True, normalized=False),
    AddedToken("ing", single_word=True, normalized=False),
]
