"""Loading a file of any length, a line a record: in batches, whole or not there, taken up where it was cut off."""
