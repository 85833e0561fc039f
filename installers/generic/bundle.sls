# generic: nothing to do in bundle.
