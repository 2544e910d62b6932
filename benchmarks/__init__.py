"""What speed is claimed for, measured: `make bench` prints figures and limits, asserts nothing."""
