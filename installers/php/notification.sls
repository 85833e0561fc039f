# php: nothing to do in notification.
