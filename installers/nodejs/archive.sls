# nodejs: nothing to do in archive.
