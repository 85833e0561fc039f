# nodejs: nothing to do in bundle.
