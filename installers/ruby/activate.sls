# ruby: nothing to do in activate.
