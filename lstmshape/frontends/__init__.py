"""Text in, a spec's tree out: one module a format."""
