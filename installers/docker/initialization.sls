# docker: nothing to do in initialization.
