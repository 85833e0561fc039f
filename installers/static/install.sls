# static: nothing to do in install.
