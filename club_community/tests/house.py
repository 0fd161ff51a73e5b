"""Rules of the house that can be read from the files, without a database.

Every function takes the folder of an addon (or a source) and returns what breaks the
rule, so that ``test_module`` can try it on a made-up addon as well as on ours.
"""

import ast
import inspect
import re
import textwrap

# From the top: a room may use the rooms before it and never those after it.
ROOMS = (
    "membership",
    "profile",
    "journey",
    "manager",
    "referral",
    "event",
    "engagement",
    "feedback",
    "portal",
)
MAX_FILE_LINES = 700
MAX_FUNCTION_LINES = 60

MANIFEST_FOLDERS = ("data", "demo", "report", "security", "views", "wizard")

FORBIDDEN = {
    ".py": {
        r"\bcr\.commit\(": "the framework commits; crons _commit_progress",
        r"\b_sql_constraints\b": "models.Constraint (ignored by Odoo 19)",
        r"\bname_get\b": "_compute_display_name",
        r"\bodoo\.osv\b": "odoo.fields.Domain",
        r"\.search\(\[\]\)": "reads a whole table",
        r"\bself\._c(r|ontext)\b|\bself\._uid\b": "self.env",
        r"\bauto_join\b": "bypass_search_access",
        r"\bprint\(": "logging",
        r"from odoo import .*\b_\b": "self.env._",
    },
    ".xml": {
        r"<tree\b": "<list>",
        r"\bt-(esc|raw)=": "t-out",
        r"\b(attrs|states)=": "invisible, readonly, required",
        r'name="category_id" ref="module_category': "privilege_id, on groups",
        r"<data\b": "<odoo noupdate>",
    },
}
_ALLOWED_CATEGORY_OF = "res.groups.privilege"

CLOCK = {"context_today", "today", "now", "utcnow", "_today"}


def sources(addon, *suffixes):
    """Files of an addon, without its tests, translations and static libraries."""
    return sorted(
        path
        for path in addon.rglob("*")
        if path.suffix in suffixes
        and path.relative_to(addon).parts[0] not in ("tests", "i18n")
    )


# --- Rooms ------------------------------------------------------------------------


def room_of(path):
    """The room that a file stands in, by its folder or the start of its name."""
    for part in (*path.parts[:-1], path.name.split("_")[0], path.stem):
        if part in ROOMS:
            return part
    return None


def _defined_in_python(source):
    """Names that belong to a room: its models and its ``club_`` members."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if name == "_name" and _is_ours(node.value):
                yield from (node.value.value, node.value.value.replace(".", "_"))
            elif name.startswith("club_") and isinstance(node.value, ast.Call):
                yield name
        elif isinstance(node, ast.FunctionDef) and "_club_" in f"_{node.name}":
            yield node.name


def _is_ours(value):
    """Whether a model is new: stock's that takes a mixin repeats its own name."""
    return isinstance(value, ast.Constant) and value.value.startswith("club.")


def _defined_in_xml(source):
    """Records, menus and templates that a file of a room makes."""
    return re.findall(r'<(?:record|menuitem|template)\b[^>]*?\bid="([\w]+)"', source)


def owners(addon):
    """``{name: room}``: the topmost room that defines a model, member or record."""
    owned = {}
    for path in sources(addon, ".py", ".xml"):
        room = room_of(path.relative_to(addon))
        if not room:
            continue
        source = path.read_text()
        defined = _defined_in_python if path.suffix == ".py" else _defined_in_xml
        for name in defined(source):
            owned[name] = min(room, owned.get(name, room), key=ROOMS.index)
    return owned


def uses_of_lower_rooms(addon):
    """Every mention, in a room's file, of what a room below it owns."""
    owned = owners(addon)
    found = []
    for path in sources(addon, ".py", ".xml", ".csv", ".js", ".scss"):
        relative = path.relative_to(addon)
        room = room_of(relative)
        if not room:
            continue
        below = ROOMS[ROOMS.index(room) + 1 :]
        words = set(re.findall(r"\w+(?:\.\w+)*", source := path.read_text()))
        words |= {part for word in words for part in word.split(".")}
        words |= {f"{a}.{b}" for a, b in re.findall(r"\b(club)\.(?=(\w+))", source)}
        found += [
            f"{relative} ({room}) mentions {word} of {owned[word]}"
            for word in sorted(words & owned.keys())
            if owned[word] in below
        ]
        if path.suffix == ".py":
            found += [
                f"{relative} ({room}) imports from {lower}"
                for lower in _imported_rooms(source)
                if lower in below
            ]
    return found


def _imported_rooms(source):
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            names = (node.module or "").split(".") + [
                alias.name for alias in node.names if node.level and not node.module
            ]
            is_ours = node.level or "club_community" in names
            yield from (name for name in names if is_ours and name in ROOMS)


# --- Files ------------------------------------------------------------------------


def files_not_loaded(addon, manifest):
    """Data files the manifest forgot, and files it names that are not there."""
    listed = {*manifest.get("data", ()), *manifest.get("demo", ())}
    present = {
        path.relative_to(addon).as_posix()
        for folder in MANIFEST_FOLDERS
        for path in (addon / folder).rglob("*")
        if path.suffix in (".xml", ".csv")
    }
    return [
        *(f"not in the manifest: {name}" for name in sorted(present - listed)),
        *(f"not there: {name}" for name in sorted(listed - present)),
    ]


def too_long(addon):
    """Files and functions beyond the measure of the best addons."""
    found = []
    for path in sorted(addon.rglob("*")):
        if path.suffix not in (".py", ".xml", ".js", ".scss"):
            continue
        relative, source = path.relative_to(addon), path.read_text()
        if (lines := source.count("\n")) > MAX_FILE_LINES:
            found.append(f"{relative} has {lines} lines")
        if path.suffix == ".py":
            found += [
                f"{relative}: {node.name} has {length} lines"
                for node in ast.walk(ast.parse(source))
                if isinstance(node, ast.FunctionDef)
                and (length := node.end_lineno - node.lineno + 1) > MAX_FUNCTION_LINES
            ]
    return found


def out_of_style(addon):
    """Old Odoo idioms and what the house does not do."""
    found = []
    for path in sources(addon, ".py", ".xml"):
        source = path.read_text()
        for pattern, instead in FORBIDDEN[path.suffix].items():
            for match in re.finditer(pattern, source):
                if "category" in pattern and _in_privilege(source, match.start()):
                    continue
                line = source.count("\n", 0, match.start()) + 1
                found.append(f"{path.relative_to(addon)}:{line} {instead}")
    return found


def _in_privilege(source, position):
    opening = source.rfind("<record", 0, position)
    return _ALLOWED_CATEGORY_OF in source[opening:position]


def sudo_without_reason(addon):
    """Functions that raise their rights and say so neither by name nor comment."""
    found = []
    for path in sources(addon, ".py"):
        source = path.read_text()
        for node in ast.walk(ast.parse(source)):
            if not isinstance(node, ast.FunctionDef):
                continue
            text = ast.get_source_segment(source, node)
            if ".sudo()" in text and "_sudo" not in text and "sudo:" not in text:
                found.append(f"{path.relative_to(addon)}: {node.name}")
    return found


# --- Clock ------------------------------------------------------------------------


def reads_clock(function, owner=None, seen=None):
    """Whether a compute asks for the day, itself or through helpers of its package.

    :param function: a plain function
    :param owner: the class whose methods it may call
    :return: name of the function that does, or ``None``
    """
    seen = set() if seen is None else seen
    function = inspect.unwrap(function)
    if function in seen:
        return None
    seen.add(function)
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    names = {
        node.attr if isinstance(node, ast.Attribute) else node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute | ast.Name)
    }
    if names & CLOCK:
        return function.__name__
    package = function.__module__.rsplit(".models.", 1)[0]
    for name in sorted(names - {function.__name__}):
        helper = function.__globals__.get(name) or getattr(owner, name, None)
        if (
            inspect.isfunction(helper)
            and helper.__module__.startswith(package)
            and (guilty := reads_clock(helper, owner, seen))
        ):
            return guilty
    return None
