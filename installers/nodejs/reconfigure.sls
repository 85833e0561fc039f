# nodejs: a new pillar may choose another Node or another way to start.
include:
  - .settings
