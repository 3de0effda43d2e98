"""What `compare-cnn` found, as JSON, text and charts."""
