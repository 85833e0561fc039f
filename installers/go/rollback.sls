# go: nothing to do in rollback.
