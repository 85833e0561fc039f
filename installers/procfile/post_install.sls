# procfile: nothing to do in post_install.
