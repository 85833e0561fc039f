# procfile: nothing to do in configure.
