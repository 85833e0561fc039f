# zope: nothing to do in activate.
