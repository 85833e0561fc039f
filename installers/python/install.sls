# python: nothing to do in install.
