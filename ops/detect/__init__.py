"""What detection rules find, or would have found, in a history."""
