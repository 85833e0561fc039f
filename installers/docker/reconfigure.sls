# docker: a new pillar may name another image or port.
include:
  - .settings
