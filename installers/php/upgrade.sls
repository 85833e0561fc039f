# php: nothing to do in upgrade.
