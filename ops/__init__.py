"""Everything that runs after, or without, Terraform; never imports cdktf."""

__version__ = "0.1.0"
