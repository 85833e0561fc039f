# php: nothing to do in install.
