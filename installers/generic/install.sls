# generic: nothing to do in install.
