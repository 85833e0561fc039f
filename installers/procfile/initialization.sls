# procfile: nothing to do in initialization.
