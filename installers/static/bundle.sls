# static: nothing to do in bundle.
