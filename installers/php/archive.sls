# php: nothing to do in archive.
