"""What speed is claimed for, measured: `make bench` prints figures and limits, asserts nothing."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
