"""What the lesson stands on: MXNet on today's Pythons, the novel, argument checks, and progress."""
