# static: nothing to do in notification.
