"""Every model of `keras.applications`, read back from what Keras writes of it, and held to it."""
