# zope: buildout.
include:
  - .built
