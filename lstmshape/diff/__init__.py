"""Two models side by side: what changed, and which saved weights would no longer load."""
