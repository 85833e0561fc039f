# go: nothing to do in activate.
