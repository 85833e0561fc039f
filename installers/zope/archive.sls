# zope: nothing to do in archive.
