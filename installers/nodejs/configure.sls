# nodejs: nothing to do in configure.
