"""What `bench` measured, as JSON, tables, text and charts."""
