"""A resident's inbox as words: messages are kept as ids and times, and put into words when they are read."""

HINTS = "inbox:delivered"
"""The Valkey channel on which workers name recipients whose inbox has something new."""
