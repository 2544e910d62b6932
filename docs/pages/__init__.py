"""The reference pages, a module each; `docs/generate.py` writes them."""
