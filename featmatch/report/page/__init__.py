"""Pages: one self-contained HTML file each, drawn by the reader's browser from data inside it."""
