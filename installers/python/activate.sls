# python: nothing to do in activate.
