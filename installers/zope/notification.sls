# zope: nothing to do in notification.
