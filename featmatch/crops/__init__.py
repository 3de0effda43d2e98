"""Small images that are cut out of large ones: where they lie, and matching them there."""
