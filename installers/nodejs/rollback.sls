# nodejs: nothing to do in rollback.
