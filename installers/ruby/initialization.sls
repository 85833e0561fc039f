# ruby: nothing to do in initialization.
