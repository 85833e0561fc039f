# zope: nothing to do in upgrade.
