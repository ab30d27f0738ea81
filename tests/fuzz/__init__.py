"""Inputs of every kind that nobody would write, run through the program as a user runs it."""
