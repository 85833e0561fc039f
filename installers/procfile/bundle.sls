# procfile: nothing to do in bundle.
