"""Tests that open the built book in Chromium."""
