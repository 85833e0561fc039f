# zope: nothing to do in trigger.
