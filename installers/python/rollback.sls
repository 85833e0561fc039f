# python: nothing to do in rollback.
