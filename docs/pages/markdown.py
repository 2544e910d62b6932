"""What every page is made with."""

NOTE = "<!-- Made by docs/generate.py; change the code it is made from. -->"


def cell(text: str) -> str:
    """Return a text as a table's cell takes it."""
    return text.replace("|", "\\|").replace("\n", " ")
