"""The training loop and what it needs: data, progress, history, checkpoints."""
