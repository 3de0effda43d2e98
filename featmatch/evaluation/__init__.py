"""How good features, matches and models are, where the truth is known."""
