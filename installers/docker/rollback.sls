# docker: nothing to do in rollback.
