# ruby: nothing to do in rollback.
