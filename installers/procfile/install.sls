# procfile: nothing to do in install.
