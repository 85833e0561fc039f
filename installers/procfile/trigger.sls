# procfile: nothing to do in trigger.
