# docker: nothing to do in upgrade.
