"""What is kept on disk: checkpoints of training runs, and ONNX files for other programs."""
