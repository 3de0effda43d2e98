"""Images: read from files, arrays and Pillow images, at a working size, with their masks."""
