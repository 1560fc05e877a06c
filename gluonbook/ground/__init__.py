"""The foundations of the lesson: the import of MXNet, the novel, argument checks, progress, atomic writes."""
