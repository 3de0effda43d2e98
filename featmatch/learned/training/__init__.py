"""Learning the features: pairs of views of a photograph, losses, and the run."""
