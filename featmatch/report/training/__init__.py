"""Pictures of a training: its course, and the pairs that it learns from."""
