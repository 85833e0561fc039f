# ruby: nothing to do in notification.
