"""Following what others write: how far a worker has come, held while it is at it, moved with what it made."""
