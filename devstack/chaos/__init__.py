"""Sends inquiries while the processes that take and tell of them are killed, and counts what became of each."""
