# static: nothing to do in release-sync.
