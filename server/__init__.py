"""The HTTP layer over `prelabel`: the only package that may import FastAPI."""
