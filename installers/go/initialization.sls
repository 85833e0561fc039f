# go: nothing to do in initialization.
