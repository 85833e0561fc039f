# procfile: nothing to do in activate.
