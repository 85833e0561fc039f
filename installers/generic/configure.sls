# generic: nothing to do in configure.
