# generic: nothing to do in release-sync.
