"""The network of the learned features: its layers, weights, input and receptive fields."""
