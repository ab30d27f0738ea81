"""The differential harness: random models, built here and in real Keras, and held together."""
