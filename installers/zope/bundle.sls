# zope: nothing to do in bundle.
