"""Requests that are sent again: the first answer is kept, sealed, for a day and given again."""
