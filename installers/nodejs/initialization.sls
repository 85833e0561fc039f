# nodejs: nothing to do in initialization.
