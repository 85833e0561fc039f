# python: nothing to do in upgrade.
