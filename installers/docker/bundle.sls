# docker: nothing to do in bundle.
