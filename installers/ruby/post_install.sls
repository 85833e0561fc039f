# ruby: nothing to do in post_install.
