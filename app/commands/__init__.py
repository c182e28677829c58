"""The commands of `suixing` that are for operators, a file a group; app/cli.py puts them together."""
