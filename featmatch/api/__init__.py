"""The calls that most users need, one a file: `match`, `verify` and `detect`."""
