# nodejs: nothing to do in reconfigure.
