# php: nothing to do in activate.
