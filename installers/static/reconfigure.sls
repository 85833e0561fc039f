# static: nothing to do in reconfigure.
