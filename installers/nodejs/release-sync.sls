# nodejs: nothing to do in release-sync.
