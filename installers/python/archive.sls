# python: nothing to do in archive.
