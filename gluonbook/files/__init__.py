"""What is kept on disk: checkpoints of a training run, and ONNX files for other programs."""
