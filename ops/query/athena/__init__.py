"""Athena: the engine for what is too large for one machine, and for those without a store.

question   what a question in Athena's own SQL may be, and which days it reads
source     which table is asked, and in which form its events lie there
engine     starts a query, waits, reads its rows, stops it if nobody waits any more
values     Athena's texts as Python values
reasons    why a query failed, and what to do next
price      what reading costs
tables     what Glue knows of a table: where each partition lies
estimate   how much a query would read, from a listing, before it runs
"""

from ops.query.athena.engine import Athena
from ops.query.athena.estimate import Scope, estimate
from ops.query.athena.model import Workplace

__all__ = ["Athena", "Scope", "Workplace", "estimate"]
