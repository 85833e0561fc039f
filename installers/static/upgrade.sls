# static: nothing to do in upgrade.
