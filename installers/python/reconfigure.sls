# python: nothing to do in reconfigure.
