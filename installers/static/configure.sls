# static: nothing to do in configure.
