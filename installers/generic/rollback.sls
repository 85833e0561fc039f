# generic: nothing to do in rollback.
