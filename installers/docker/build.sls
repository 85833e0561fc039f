# docker: the image.
include:
  - .image
