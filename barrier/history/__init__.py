"""What changed from one scan to another."""
