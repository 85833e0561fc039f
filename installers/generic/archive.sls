# generic: nothing to do in archive.
