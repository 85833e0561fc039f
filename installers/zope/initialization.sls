# zope: nothing to do in initialization.
