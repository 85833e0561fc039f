# go: nothing to do in upgrade.
