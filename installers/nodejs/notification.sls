# nodejs: nothing to do in notification.
