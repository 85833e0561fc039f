# python: nothing to do in bundle.
