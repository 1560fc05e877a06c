"""The book's model in other frameworks."""
