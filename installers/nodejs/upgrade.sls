# nodejs: nothing to do in upgrade.
