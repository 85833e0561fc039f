# static: nothing to do in trigger.
