"""Features learned with `featmatch.nn`: the network, its training, and the method ``cnn``."""
