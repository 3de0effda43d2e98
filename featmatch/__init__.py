"""featmatch: which points of two photographs are the same, and how the photographs relate.

>>> import featmatch
>>> result = featmatch.match("left.jpg", "right.jpg")
>>> print(result.verdict.reason)

Importing this package is quick: each of its names is loaded when it is first used.
"""

from featmatch.loading import load_names

__getattr__, __dir__, __all__ = load_names(__name__)
