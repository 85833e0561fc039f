# python: nothing to do in notification.
