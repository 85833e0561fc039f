# zope: nothing to do in install.
