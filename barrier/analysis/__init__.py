"""What is found in a store, and by which terms: the same for every command, document, scan and notebook."""
