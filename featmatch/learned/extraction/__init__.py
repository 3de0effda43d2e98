"""From an image to learned features: keypoints, descriptors, and the methods made of them."""
