# procfile: nothing to do in rollback.
