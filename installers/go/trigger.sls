# go: nothing to do in trigger.
