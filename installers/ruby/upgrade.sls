# ruby: nothing to do in upgrade.
