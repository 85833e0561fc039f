# zope: nothing to do in reconfigure.
