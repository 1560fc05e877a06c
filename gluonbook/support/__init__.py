"""What the chapter's functions stand on: argument validation, progress, devices, reading files."""
