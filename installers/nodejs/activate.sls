# nodejs: nothing to do in activate.
