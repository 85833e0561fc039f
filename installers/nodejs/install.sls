# nodejs: nothing to do in install.
