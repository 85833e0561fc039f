# static: nothing to do in initialization.
