"""Detection rules as data: what to look for, in the words each target understands.

Pure: no AWS, no cdktf, no printing. `modules` deploys them, `ops deploy check`
compares what is planned with them, `ops detect` and `ops backtest` ask the history.
"""
