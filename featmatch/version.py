"""The version of featmatch, told once."""

__version__ = "0.1.0"
