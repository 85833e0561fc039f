"""Prints what pip shall install for a project without requirements.txt: what its lock file says, else what it names itself."""
import json
import os
import re
import sys

try:
    import tomllib
except ImportError:
    from pip._vendor import tomli as tomllib
from pip._vendor.packaging.markers import Marker, default_environment
from pip._vendor.packaging.specifiers import InvalidSpecifier, SpecifierSet


def main():
    refuse_other_python()
    for name, read in (("uv.lock", from_uv), ("poetry.lock", from_poetry), ("Pipfile.lock", from_pipfile_lock)):
        if os.path.isfile(name):
            return show(read(table(name) if name != "Pipfile.lock" else json.load(open(name, encoding="utf-8"))))
    if os.path.isfile("Pipfile"):
        return show([line(name, wish) for name, wish in table("Pipfile").get("packages", {}).items()])
    project = table("pyproject.toml")
    if "project" in project:
        return show(list(project["project"].get("dependencies", [])))
    wished = project.get("tool", {}).get("poetry", {}).get("dependencies", {})
    if wished:
        return show([line(name, wish) for name, wish in wished.items() if name.lower() != "python" and fits(wish)])
    # setup.py or setup.cfg: only they know.
    return show(["."])


def refuse_other_python():
    """What pip would hold a package to, also where the project is none."""
    project = table("pyproject.toml")
    wish = project.get("project", {}).get("requires-python")
    poetry = project.get("tool", {}).get("poetry", {}).get("dependencies", {}).get("python")
    here = "%d.%d.%d" % sys.version_info[:3]
    try:
        wanted = SpecifierSet(wish or (versions(poetry) if isinstance(poetry, str) and "|" not in poetry else ""))
    except InvalidSpecifier:
        return
    if not wanted.contains(here, prereleases=True):
        sys.exit("pyproject.toml asks for Python %s, and here is %s: name another in python.interpreter." % (wish or poetry, here))


def table(name):
    if not os.path.isfile(name):
        return {}
    with open(name, "rb") as file:
        return tomllib.load(file)


def show(lines):
    sys.stdout.write("".join(text + "\n" for text in lines))


def plain(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def holds(marker, extra=""):
    if not marker:
        return True
    environment = default_environment()
    environment["extra"] = extra
    return Marker(marker).evaluate(environment)


def from_uv(lock):
    packages = {}
    for package in lock.get("package", []):
        packages.setdefault(plain(package["name"]), []).append(package)
    own = [one for one in lock.get("package", []) if {"virtual", "editable"} & set(one.get("source", {}))]
    here = [one for one in own if one["source"].get("virtual", one["source"].get("editable")) == "."] or own
    found = {}
    waiting = [(dependency, "") for package in here for dependency in package.get("dependencies", [])]
    seen = set()
    while waiting:
        dependency, extra = waiting.pop()
        if not holds(dependency.get("marker"), extra):
            continue
        candidates = packages.get(plain(dependency["name"]), [])
        exact = [one for one in candidates if dependency.get("version") in (None, one.get("version"))]
        fit = [one for one in exact if not one.get("resolution-markers") or any(holds(m) for m in one["resolution-markers"])]
        package = (fit or exact or [None])[0]
        if package is None:
            continue
        extras = tuple(dependency.get("extra", []))
        for more in extras:
            for further in package.get("optional-dependencies", {}).get(more, []):
                waiting.append((further, more))
        if (plain(package["name"]), extras) in seen:
            continue
        seen.add((plain(package["name"]), extras))
        waiting.extend((further, "") for further in package.get("dependencies", []))
        if package not in own or package["source"].get("editable", ".") != ".":
            found[plain(package["name"])] = package
    return pinned(found, uv_text)


def uv_text(package):
    source, name = package.get("source", {}), package["name"]
    if "git" in source:
        url, _, commit = source["git"].partition("#")
        return "%s @ git+%s@%s" % (name, url.partition("?")[0], commit), None
    if "url" in source:
        return "%s @ %s" % (name, source["url"]), None
    for kind in ("path", "directory", "editable"):
        if kind in source:
            return "./" + source[kind], None
    files = ([package["sdist"]] if "sdist" in package else []) + package.get("wheels", [])
    return "%s==%s" % (name, package["version"]), [one["hash"] for one in files if "hash" in one]


def from_poetry(lock):
    packages = {}
    for package in lock.get("package", []):
        packages.setdefault(plain(package["name"]), []).append(package)
    project = table("pyproject.toml")
    poetry = project.get("tool", {}).get("poetry", {})
    waiting = [(name, wish) for name, wish in poetry.get("dependencies", {}).items() if name.lower() != "python" and fits(wish)]
    for text in project.get("project", {}).get("dependencies", []):
        bare, _, marker = text.partition(";")
        named = re.match(r"\s*([\w.-]+)\s*(?:\[([^\]]*)\])?", bare)
        if named and holds(marker.strip()):
            waiting.append((named.group(1), {"extras": [one.strip() for one in (named.group(2) or "").split(",") if one.strip()]}))
    found, seen = {}, set()
    while waiting:
        name, wish = waiting.pop()
        wishes = wish if isinstance(wish, list) else [wish]
        if not any(holds(one.get("markers") if isinstance(one, dict) else None) for one in wishes):
            continue
        extras = tuple(more for one in wishes if isinstance(one, dict) for more in one.get("extras", []))
        if (plain(name), extras) in seen:
            continue
        seen.add((plain(name), extras))
        candidates = packages.get(plain(name), [])
        fit = [one for one in candidates if holds(one.get("markers") if isinstance(one.get("markers"), str) else None)]
        package = (fit or candidates or [None])[0]
        if package is None:
            continue
        found[plain(name)] = package
        for further, how in package.get("dependencies", {}).items():
            optional = isinstance(how, dict) and how.get("optional")
            if not optional:
                waiting.append((further, how))
        for more in extras:
            for text in package.get("extras", {}).get(more, []):
                waiting.append((re.match(r"[\w.-]+", text).group(0), {}))
    return pinned(found, poetry_text)


def poetry_text(package):
    source = package.get("source", {})
    if source.get("type") == "git":
        return "%s @ git+%s@%s" % (package["name"], source["url"], source.get("resolved_reference", source.get("reference"))), None
    if source.get("type") == "url":
        return "%s @ %s" % (package["name"], source["url"]), None
    if source.get("type") in ("directory", "file"):
        return "./" + source["url"], None
    return "%s==%s" % (package["name"], package["version"]), [one["hash"] for one in package.get("files", [])]


def from_pipfile_lock(lock):
    found = {plain(name): dict(wish, name=name) for name, wish in lock.get("default", {}).items() if holds(wish.get("markers"))}
    return pinned(found, lambda wish: (line(wish["name"], wish), wish.get("hashes")))


def pinned(packages, text_of):
    """With hashes where every package has them, as pip wants it: all or none."""
    rows = [text_of(package) for _, package in sorted(packages.items())]
    if rows and all(hashes for _, hashes in rows):
        return [" ".join([text] + ["--hash=" + one for one in hashes]) for text, hashes in rows]
    return [text for text, _ in rows]


def fits(wish):
    return not (isinstance(wish, dict) and (wish.get("optional") or not holds(wish.get("markers"))))


def line(name, wish):
    """A wish of a Pipfile or of Poetry as pip writes it."""
    if isinstance(wish, list):
        wish = next((one for one in wish if fits(one)), wish[0])
    if isinstance(wish, str):
        return name + versions(wish)
    extras = "[%s]" % ",".join(wish["extras"]) if wish.get("extras") else ""
    if wish.get("git"):
        reference = wish.get("ref") or wish.get("rev") or wish.get("tag") or wish.get("branch")
        return "%s%s @ git+%s%s" % (name, extras, wish["git"], "@" + reference if reference else "")
    if wish.get("path") or wish.get("file") or wish.get("url"):
        place = wish.get("path") or wish.get("file") or wish.get("url")
        return "%s%s @ %s" % (name, extras, place) if "://" in place else "./" + place.removeprefix("./") + extras
    return name + extras + versions(wish.get("version", "*"))


def versions(text):
    parts = []
    for part in text.split(","):
        part = part.strip()
        match = re.match(r"^(\^|~)(?![=])\s*(\d+(?:\.\d+)*)(.*)$", part)
        if part in ("", "*"):
            continue
        if match:
            numbers = [int(one) for one in match.group(2).split(".")]
            parts.append(">=%s%s,<%s" % (match.group(2), match.group(3), above(match.group(1), numbers)))
        elif re.match(r"^\d", part):
            parts.append("==" + part)
        else:
            parts.append(part.replace(" ", ""))
    return ",".join(parts)


def above(sign, numbers):
    """The first version that a wish of Poetry's does not cover."""
    if sign == "~":
        at = 0 if len(numbers) == 1 else 1
    else:
        at = next((index for index, number in enumerate(numbers) if number > 0), len(numbers) - 1)
    return ".".join(str(one) for one in numbers[:at] + [numbers[at] + 1])


main()
