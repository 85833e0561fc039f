# php: nothing to do in bundle.
