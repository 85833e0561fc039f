# python: nothing to do in initialization.
