# go: nothing to do in install.
