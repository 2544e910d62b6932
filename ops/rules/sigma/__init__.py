"""Sigma files: rules as everyone writes them, read into this project's.

pySigma reads the detections; nothing else of it is used, and only `detection` here does.
"""
