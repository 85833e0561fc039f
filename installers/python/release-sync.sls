# python: nothing to do in release-sync.
