# procfile: nothing to do in archive.
