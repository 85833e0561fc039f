# static: nothing to do in activate.
