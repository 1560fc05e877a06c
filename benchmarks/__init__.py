"""The book's model in PyTorch."""
