# generic: nothing to do in upgrade.
