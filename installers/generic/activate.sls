# generic: nothing to do in activate.
