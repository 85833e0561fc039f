# go: the binary.
include:
  - .built
