"""Features of one image: detectors and descriptors, a method a file."""
