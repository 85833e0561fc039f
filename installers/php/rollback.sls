# php: nothing to do in rollback.
