"""Models written for Keras, built by Keras, saved by it and read back: is anything lost?"""
