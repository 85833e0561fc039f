# zope: nothing to do in rollback.
