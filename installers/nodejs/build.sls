# nodejs: nothing to do in build.
