"""Suites of pairs with ground truth, and running methods over them."""
