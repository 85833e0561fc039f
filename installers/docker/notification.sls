# docker: nothing to do in notification.
