"""Turns a folder of a Git revision into the objects it declares."""
