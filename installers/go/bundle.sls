# go: nothing to do in bundle.
