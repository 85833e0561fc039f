# procfile: nothing to do in notification.
