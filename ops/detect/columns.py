"""The columns of the history that a rule's SQL may ask, by their path in the record."""

from ops.query.tables import FLAG_COLUMNS, TEXT_COLUMNS
from ops.rules.sql import Columns

COLUMNS = Columns({**TEXT_COLUMNS, "": "raw"}, FLAG_COLUMNS)
"""The whole record is the text at the empty path."""
