# php: nothing to do in initialization.
