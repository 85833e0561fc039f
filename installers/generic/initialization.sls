# generic: nothing to do in initialization.
