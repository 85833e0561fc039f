# procfile: nothing to do in build.
