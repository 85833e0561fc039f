# nodejs: nothing to do in trigger.
