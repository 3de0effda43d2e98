"""What matches say about how two images relate: models, evidence, verdict."""
