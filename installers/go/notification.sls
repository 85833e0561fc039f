# go: nothing to do in notification.
