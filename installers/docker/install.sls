# docker: nothing to do in install.
