"""How the Hugging Face Hub is asked, in both directions."""
