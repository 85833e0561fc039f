# static: nothing to do in rollback.
