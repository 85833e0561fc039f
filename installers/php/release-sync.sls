# php: nothing to do in release-sync.
