# ruby: nothing to do in trigger.
