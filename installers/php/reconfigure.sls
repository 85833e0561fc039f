# php: a new pillar may change the pool.
include:
  - .settings
