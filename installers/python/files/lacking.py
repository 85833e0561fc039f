"""Prints the lines of a requirements file that no installed package meets: the rest is Debian's, and what that needs is Debian's, too."""
import importlib.metadata
import os
import re
import sys

from pip._vendor.packaging.requirements import InvalidRequirement, Requirement


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        text = re.sub(r"\\\r?\n", " ", file.read())
    here = os.path.dirname(os.path.abspath(sys.argv[1]))
    lacking = [whole(line, here) for line in text.splitlines() if line.strip() and line.lstrip()[0] != "#" and not is_met(line)]
    # Settings of pip alone are nothing to fetch.
    if any(not re.match(r"\s*(--(?!requirement|editable)|-[cif]\b)", line) for line in lacking):
        print("\n".join(lacking))


def whole(line, here):
    """Files that it names stand beside the one that names them."""
    named = re.match(r"\s*(-r|-c|--requirement|--constraint)[\s=]+(\S+)", line)
    return line if named is None else "%s %s" % (named[1], os.path.join(here, named[2]))


def is_met(line):
    # Hashes and the like say what may be fetched.
    head = re.split(r"\s+(?:#|--)", " " + line)[0].strip()
    try:
        wish = Requirement(head)
    except InvalidRequirement:
        return False
    if wish.marker is not None and not wish.marker.evaluate({"extra": ""}):
        return True
    if wish.url is not None:
        return False
    try:
        return wish.specifier.contains(importlib.metadata.version(wish.name), prereleases=True)
    except importlib.metadata.PackageNotFoundError:
        return False


main()
