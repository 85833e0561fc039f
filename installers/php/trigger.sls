# php: nothing to do in trigger.
