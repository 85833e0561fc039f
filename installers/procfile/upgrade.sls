# procfile: nothing to do in upgrade.
