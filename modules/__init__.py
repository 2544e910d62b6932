"""Constructs and stacks: the config as CDKTF resources, and the policies they carry."""
