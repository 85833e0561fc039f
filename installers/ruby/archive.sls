# ruby: nothing to do in archive.
