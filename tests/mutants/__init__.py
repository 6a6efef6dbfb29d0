"""Broken data sets, each made from a whole one and a number, so that any can be made again."""
