# ruby: nothing to do in install.
