# static: nothing to do in archive.
