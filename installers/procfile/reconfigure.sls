# procfile: nothing to do in reconfigure.
