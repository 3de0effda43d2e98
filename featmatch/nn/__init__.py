"""A small convolutional network library in NumPy: tensors, operations, layers, training."""
