# ruby: nothing to do in bundle.
