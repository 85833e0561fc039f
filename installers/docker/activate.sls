# docker: nothing to do in activate.
