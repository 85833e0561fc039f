# go: nothing to do in archive.
