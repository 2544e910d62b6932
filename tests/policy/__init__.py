"""The policies, proved: an evaluator of IAM's rules, and who may and who may not."""
