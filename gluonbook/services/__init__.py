"""What `gb.train` and `gb.generate` add to the lesson: reports, progress, Ctrl-C, speed, several devices."""
