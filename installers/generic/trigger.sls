# generic: nothing to do in trigger.
