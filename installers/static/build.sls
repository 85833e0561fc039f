# static: nothing to do in build.
