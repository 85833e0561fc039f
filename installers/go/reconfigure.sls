# go: nothing to do in reconfigure.
