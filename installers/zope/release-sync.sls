# zope: nothing to do in release-sync.
