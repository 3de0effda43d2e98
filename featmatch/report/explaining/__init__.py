"""Topics of CNN basics as pages."""
