# ruby: nothing to do in reconfigure.
