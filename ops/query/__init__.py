"""Questions to the history: one text, several engines, answers that say what they cover."""
