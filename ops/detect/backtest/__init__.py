"""What filters, event rules and their alarms would have done over a history."""
