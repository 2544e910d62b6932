"""The names of the views, and what each of them is for."""

VIEWS = {
    "events": "What happened: a row an event, of the time asked about",
    "events_latest": "The same after corrections: a record that CloudTrail delivered anew replaces the first",
    "cross_account": "Calls that more than one account recorded: a row a call",
    "sessions": "Temporary credentials: who asked for them, for which role, how they were used",
    "conflicts": "Records that share an event id and differ: all of them, and which one `events` shows",
    "quarantine": "Records that could not be stored, byte for byte",
    "integrity": "Every log file collected, with the newest verdict of `ops verify` on it",
    "coverage": "A row for each account, region and day: what was recorded, and what of it is proven",
    "records": "Everything stored for these days, the losers of conflicts included",
    "manifest": "Every object collected: what it held",
    "ip_info": "What --ip-info says of the addresses seen; empty without it",
}
