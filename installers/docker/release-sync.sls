# docker: nothing to do in release-sync.
