# procfile: nothing to do in release-sync.
