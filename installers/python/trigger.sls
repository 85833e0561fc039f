# python: nothing to do in trigger.
