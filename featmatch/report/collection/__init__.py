"""A collection as tables, a picture and a page."""
