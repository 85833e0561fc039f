# generic: nothing to do in notification.
