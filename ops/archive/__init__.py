"""Where objects lie: a bucket, a directory that holds a copy of one, or a bundle.

Nothing here knows what the objects mean. `model` says what an archive is,
`opening` finds the one a text names, `fetch` reads many objects at once.
"""
