# generic: nothing to do in reconfigure.
