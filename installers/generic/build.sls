# generic: nothing to do in build.
