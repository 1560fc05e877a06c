"""The foundations of the lesson: the import of MXNet, the novel, argument checks, and progress."""
