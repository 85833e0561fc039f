# ruby: nothing to do in release-sync.
