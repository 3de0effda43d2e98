"""Features and matches as JSON, tables, text and pictures; imported by results, not the reverse."""
