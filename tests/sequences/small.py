"""Two small tokenizers: one whose tokens are bytes, one that merges across whatever it can."""

# pyright: reportUnknownMemberType=false
# (tokenizers types its lists as lists of anything)

from __future__ import annotations

import tempfile
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

TEXT = (
    "Human: Is 7 prime?\n\nAssistant: <think>\nIt has no divisors.\n\nSo it is.\n</think>\n\nYes, it is.",
    "assistant\nassistant\n\n naïve 🙂 🙂🙂 中文 中文字符",
)


def _saved(name: str, size: int) -> Path:
    """A tokenizer over bytes, without any rule for where words end."""
    engine = Tokenizer(models.BPE())
    engine.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    engine.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=size, initial_alphabet=alphabet, show_progress=False)
    engine.train_from_iterator(TEXT * 5, trainer)
    if size > len(alphabet):
        engine.add_special_tokens([AddedToken("<|im_start|>"), AddedToken("<|im_end|>")])
    file = Path(tempfile.mkdtemp(prefix=f"{name}-")) / "tokenizer.json"
    engine.save(str(file))
    return file


BYTES = _saved("bytes", 256)
PAIRS = _saved("pairs", 420)
