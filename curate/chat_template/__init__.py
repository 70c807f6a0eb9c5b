"""Chat templates: how turns become the one text a model is trained on."""

from curate.chat_template.renderer import ChatTemplate, Rendering

__all__ = ["ChatTemplate", "Rendering"]
