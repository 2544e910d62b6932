"""The history: events collected once into Parquet, so that questions take milliseconds.

objects → records → columns → day files → (ops.query)
"""
