# docker: nothing to do in archive.
