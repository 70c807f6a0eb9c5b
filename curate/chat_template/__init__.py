"""Chat templates: how turns become the one text a model is trained on."""
