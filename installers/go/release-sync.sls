# go: nothing to do in release-sync.
