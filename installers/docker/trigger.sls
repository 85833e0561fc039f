# docker: nothing to do in trigger.
