#!/usr/bin/env python3
"""Extracts the tables of this folder from the providers' own schemas: names of settings, which are required, what they
hold and which values they take. Nothing else of the sources is kept.

    extract.py terraform aws PACKAGE       the unpacked npm package `@cdktf/provider-aws` (likewise azurerm, azuread,
                                           google, kubernetes)
    extract.py cloudformation PACKAGE      the unpacked PyPI package `cfn-lint`
    extract.py arm REPOSITORY              a clone of github.com/Azure/bicep-types-az
    extract.py kubernetes PACKAGE          the unpacked PyPI package `kubernetes`

Each writes `<name>.txt` beside this script. It is run by hand at a release (CONTRIBUTING.md says when). A kind is
written with its settings where a page, a table or a view of this repository names it, else with its name alone.

The form of a table, read by `rules/src/schema.rs`:

    # a comment: what was read, and its version
    kind member,member,…        a kind with its settings
    &Name member,member,…       a structure that several kinds share
    . kind kind …               kinds of which only the name is kept

A member is `name`, then `!` where it must be set or `^` where only the provider sets it, then what it holds: nothing for
a single value, `*` a list of values, `{}` a map of values, `(…)` one structure, `[…]` a list of them, `<…>` a map of
them, `~` anything, `(&Name)` and the like for a shared structure; last `=A|B`, the values it takes.
"""

import collections
import glob
import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
RULES = os.path.dirname(HERE)
ROOT = os.path.dirname(RULES)
# Values of a setting that are more than these are a list that grows (instance types, regions), and not kept.
MOST_VALUES = 40
DEEPEST = 9
PLAIN = re.compile(r"[A-Za-z0-9_.:/@$ -]+\Z")


def words():
    """All words that pages, tables and views are written with: the kinds among them are the kinds of interest."""
    found = set()
    folders = [os.path.join(RULES, one) for one in ("aws", "azure", "gcp", "kubernetes", "src")]
    folders += [os.path.join(ROOT, "iac", "src", "view"), os.path.join(ROOT, "iac", "src", "format")]
    for folder in folders:
        for base, _, names in os.walk(folder):
            for name in names:
                if name.endswith((".md", ".yaml", ".rs", ".tf")):
                    with open(os.path.join(base, name), encoding="utf-8") as file:
                        found.update(re.findall(r"[A-Za-z0-9_:./]+", file.read()))
    return found


def member(name, required=False, computed=False, holds="", values=()):
    text = name + ("!" if required else "^" if computed else "") + holds
    values = [str(one) for one in values]
    if values and len(values) <= MOST_VALUES and all(PLAIN.match(one) for one in values):
        text += "=" + "|".join(values)
    return text


def write(name, source, kinds, shared, others):
    path = os.path.join(HERE, name + ".txt")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"# {source}\n")
        for kind in sorted(kinds):
            file.write(f"{kind} {','.join(kinds[kind])}\n")
        for one in sorted(shared):
            file.write(f"&{one} {','.join(shared[one])}\n")
        rest = sorted(set(others) - set(kinds))
        if rest:
            file.write(". " + " ".join(rest) + "\n")
    print(f"{path}: {len(kinds)} kinds, {len(rest)} names, {os.path.getsize(path)} bytes")


# --- Terraform: the synthesizers of a CDK package name every setting as the provider does -------------------------


def required_names(declarations):
    """Structure → the names (as the package spells them) that are not optional."""
    out = {}
    for match in re.finditer(r"export interface (\w+)[^{]*\{(.*?)\n\}", declarations, re.S):
        out[match[1].lower()] = set(re.findall(r"\n    readonly (\w+): ", match[2]))
    return out


def stated_values(declarations):
    """(structure, name) → the values that its documentation lists as possible."""
    out = {}
    for match in re.finditer(r"export interface (\w+)[^{]*\{(.*?)\n\}", declarations, re.S):
        for doc, name in re.findall(r"/\*\*(.*?)\*/\s+readonly (\w+)\??: ", match[2], re.S):
            listed = re.search(r"(?:Possible|Valid) values(?: are)?: ?\[([^\]]*)\]", doc)
            if listed:
                values = re.findall(r'"([^"]*)"', listed[1])
                out[match[1].lower(), name] = [one for one in values if one]
    return out


ENTRY = re.compile(
    r"\n {8,16}(\w+): \{\s+value: (.*?),\s+isBlock: (true|false),\s+type: \"(\w+)\",\s+storageClassType: \"(\w+)\"",
    re.S,
)


def terraform(provider, package):
    lib = os.path.join(package, "lib")
    wanted = words()
    kinds, others = {}, []
    version = ""
    for folder in sorted(os.listdir(lib)):
        declared = os.path.join(lib, folder, "index.d.ts")
        if not os.path.exists(declared):
            continue
        with open(declared, encoding="utf-8") as file:
            declarations = file.read()
        kind = re.search(r'static readonly tfResourceType = "(\w+)"', declarations)
        if not kind or "extends cdktf.TerraformResource {" not in declarations:
            continue
        found = re.search(r"/providers/[\w-]+/([\w-]+/[0-9][\w.]*)/docs", declarations)
        version = version or (found[1] if found else "")
        if kind[1] not in wanted:
            others.append(kind[1])
            continue
        # Large resources keep their structures in a file of their own.
        code, base = "", os.path.join(lib, folder)
        for place in sorted(glob.glob(os.path.join(base, "**", "*.js"), recursive=True)):
            with open(place, encoding="utf-8") as file:
                code += re.sub(r"//# sourceMappingURL=.*", "", file.read())
        for place in sorted(glob.glob(os.path.join(base, "**", "*.d.ts"), recursive=True)):
            if place != declared:
                with open(place, encoding="utf-8") as file:
                    declarations += file.read()
        kinds[kind[1]] = of_package(code, declarations)
    write(f"terraform-{provider}", f"Terraform provider {version.replace('/', ' ')}", kinds, {}, others)


def of_package(code, declarations):
    required, values = required_names(declarations), stated_values(declarations)
    functions = {}
    for match in re.finditer(r"function (\w+)ToHclTerraform\(struct\) \{(.*?)\n\}", code, re.S):
        functions[match[1].lower()] = match[2]

    def members(body, structure, deep):
        out = []
        for name, value, _, holder, storage in ENTRY.findall(body):
            spelled = re.search(r"(?:struct|this)\.(_?\w+)", value)
            spelled = spelled[1].lstrip("_") if spelled else name
            nested = re.search(r"(\w+)ToHclTerraform", value)
            nested = nested[1].lower() if nested else ""
            inner = functions.get(nested)
            holds = ""
            if inner is not None:
                # A list of at most one is written as one structure.
                one = re.search(rf"readonly {spelled}\??: (.*?);", declarations, re.S)
                many = "listMapper" in value
                opens, closes = ("<", ">") if "hashMapper" in value else ("[", "]") if many else ("(", ")")
                content = ",".join(members(inner, nested, deep + 1)) if deep < DEEPEST else "~"
                holds = "~" if not one and not content else opens + content + closes
            elif storage.endswith("Map") or "hashMapper" in value:
                holds = "{}"
            elif storage.endswith("List"):
                holds = "*"
            elif storage == "any":
                holds = "~"
            out.append(
                member(
                    name,
                    required=spelled in required.get(structure, ()),
                    holds=holds,
                    values=values.get((structure, spelled), ()),
                )
            )
        return out

    main = re.search(r"synthesizeHclAttributes\(\) \{(.*?)\n    \}", code, re.S)
    config = re.search(r"export interface (\w+) extends cdktf\.TerraformMetaArguments", declarations)
    out = members(main[1] if main else "", config[1].lower() if config else "", 0)
    set_ = {re.match(r"\w+", one)[0] for one in out}
    # What only the provider sets is read by name in the class of the resource.
    klass = re.search(r"class \w+ extends cdktf\.TerraformResource \{(.*)", code, re.S)
    body = klass[1] if klass else ""
    names = re.findall(r"get\w+Attribute\('(\w+)'\)", body)
    names += re.findall(r"new \w+\(this, \"(\w+)\"", body)
    for name in dict.fromkeys(names):
        if name not in set_:
            out.append(member(name, computed=True, holds="~"))
    return out


# --- CloudFormation: JSON schemas -----------------------------------------------------------------------------------


def cloudformation(package):
    data = os.path.join(package, "cfnlint", "data", "schemas")
    with open(os.path.join(data, "providers", "us-east-1.json"), encoding="utf-8") as file:
        places = json.load(file)
    version = ""
    for info in glob.glob(os.path.join(package, "cfn_lint-*.dist-info")):
        version = re.search(r"cfn_lint-([0-9.]+)\.dist", info)[1]
    wanted = words()
    kinds, others = {}, []
    for kind, place in places.items():
        if kind not in wanted:
            others.append(kind)
            continue
        with open(os.path.join(data, "resources", place + ".json"), encoding="utf-8") as file:
            schema = json.load(file)
        kinds[kind] = of_schema(schema)
    write("cloudformation", f"CloudFormation's resource schemas, from cfn-lint {version}", kinds, {}, others)


def of_schema(schema):
    only = {one.rsplit("/", 1)[1] for one in schema.get("readOnlyProperties", []) if one.count("/") == 2}

    def resolve(part):
        seen = 0
        while isinstance(part, dict) and "$ref" in part and seen < 9:
            target = schema
            for step in part["$ref"].lstrip("#/").split("/"):
                target = target.get(step, {}) if isinstance(target, dict) else {}
            part, seen = target, seen + 1
        return part if isinstance(part, dict) else {}

    def merged(part):
        """Properties and required names of a part and of what it is put together of."""
        properties, required = dict(part.get("properties", {})), set(part.get("required", []))
        for key in ("allOf", "oneOf", "anyOf"):
            for other in part.get(key, []):
                other = resolve(other)
                inner, needed = merged(other)
                for name, value in inner.items():
                    properties.setdefault(name, value)
                if key == "allOf":
                    required |= needed
        return properties, required

    def members(part, above, top=False):
        properties, required = merged(part)
        out = []
        for name, value in properties.items():
            if not PLAIN.match(name):
                continue
            holds, values = holding(value, above)
            computed = top and name in only
            out.append(member(name, name in required and not computed, computed, holds, values))
        return out

    def holding(part, above):
        mark = part.get("$ref") if isinstance(part, dict) else None
        part = resolve(part)
        if mark in above or len(above) > DEEPEST:
            return "~", ()
        above = above + (mark,) if mark else above + (str(id(part)),)
        kind = part.get("type")
        kind = kind[0] if isinstance(kind, list) and len(kind) == 1 else kind
        if kind == "array" or "items" in part:
            inner, values = holding(part.get("items", {}), above)
            if inner.startswith("("):
                return "[" + inner[1:-1] + "]", ()
            return "*", values
        properties, _ = merged(part)
        if properties:
            return "(" + ",".join(members(part, above)) + ")", ()
        if part.get("patternProperties") or isinstance(part.get("additionalProperties"), dict):
            inner = list(part.get("patternProperties", {}).values()) or [part["additionalProperties"]]
            inner, _ = holding(inner[0], above)
            return ("<" + inner[1:-1] + ">" if inner.startswith("(") else "~" if inner == "~" else "{}"), ()
        if kind == "object" or isinstance(kind, list) or kind is None:
            return ("" if part.get("enum") else "~"), part.get("enum", ())
        return "", part.get("enum", ())

    return members(schema, (), top=True)


# --- ARM: the types that Bicep is checked with ------------------------------------------------------------------------


def arm(repository):
    def git(*arguments):
        command = ["git", "--git-dir", repository, *arguments]
        return subprocess.run(command, capture_output=True, check=False).stdout

    # Kinds are written `Microsoft.Storage/storageAccounts`; their case is the repository's.
    wanted = {one.lower() for one in words() if "/" in one}
    listed = git("ls-tree", "-r", "--name-only", "HEAD", "generated").decode().splitlines()
    folders = collections.defaultdict(list)
    for path in listed:
        parts = path.split("/")
        if parts[-1] == "types.json" and len(parts) == 5:
            folders[parts[2]].append((parts[3], path))
    found, names, settled = collections.defaultdict(list), {}, set()
    for namespace, all_ in sorted(folders.items()):
        if not any(one.startswith(namespace + "/") for one in wanted):
            continue
        # Previews count where nothing else is there.
        for version, path in sorted(all_, key=lambda one: ("preview" not in one[0], one), reverse=True):
            text = git("show", f"HEAD:{path}")
            if not text:
                print(f"not there: {path}", file=sys.stderr)
                continue
            types = json.loads(text)
            for number, one in enumerate(types):
                if one["$type"] != "ResourceType":
                    continue
                kind = one["name"].partition("@")[0]
                names.setdefault(kind.lower(), kind)
                # The newest versions say what there is; what a few earlier ones knew is still read.
                known = found[kind.lower()] if kind.lower() in wanted else None
                if known is None or len(known) == 5 or "preview" in version and kind.lower() in settled:
                    continue
                known.append(of_types(types, number))
                if "preview" not in version:
                    settled.add(kind.lower())
    kinds = {}
    for kind, versions in found.items():
        members = {}
        for older in versions:
            members = joined(members, older)
        kinds[names[kind]] = spelled(members)
    write("arm", "Azure's resource types, from Azure/bicep-types-az", kinds, {}, names.values())


def joined(newer, older):
    """The settings of both; where both know one, as the newer has it."""
    for name, (required, computed, holder, values, inner) in older.items():
        if name not in newer:
            newer[name] = (False, computed, holder, values, inner)
            continue
        needed, given, holds, known, own = newer[name]
        if own is not None and inner is not None:
            joined(own, inner)
        # Where one takes any value, both do.
        both = tuple(dict.fromkeys([*known, *values])) if known and values else ()
        newer[name] = (needed, given, holds, both, own)
    return newer


BRACKETS = {"one": "()", "many": "[]", "map": "<>"}


def spelled(members):
    out = []
    for name, (required, computed, holder, values, inner) in members.items():
        if not PLAIN.match(name):
            continue
        holds = {"value": "", "list": "*", "values": "{}", "any": "~"}.get(holder)
        if holds is None:
            holds = BRACKETS[holder][0] + ",".join(spelled(inner)) + BRACKETS[holder][1] if inner else "~"
        out.append(member(name, required, computed, holds, values))
    return out


def of_types(types, number):
    def members(part, above):
        out = {}
        for name, value in part.get("properties", {}).items():
            flags = value.get("flags", 0)
            if name in ("id", "type", "apiVersion") and not above:
                continue
            holder, values, inner = holding(int(value["type"]["$ref"][2:]), above)
            # The name of a child has its parent's before it.
            values = () if name == "name" and not above else values
            out[name] = (bool(flags & 1), bool(flags & 2) and not flags & 1, holder, values, inner)
        return out

    def holding(at, above):
        part = types[at]
        what = part["$type"]
        if at in above or len(above) > DEEPEST:
            return "any", (), None
        above = above + (at,)
        if what == "ArrayType":
            holder, values, inner = holding(int(part["itemType"]["$ref"][2:]), above)
            return ("many", (), inner) if inner else ("list", values, None)
        if what == "ObjectType":
            inner = members(part, above)
            if inner:
                return "one", (), inner
            if "additionalProperties" in part:
                _, _, inner = holding(int(part["additionalProperties"]["$ref"][2:]), above)
                return ("map", (), inner) if inner else ("values", (), None)
            return "any", (), None
        if what == "DiscriminatedObjectType":
            inner = members({"properties": part.get("baseProperties", {})}, above)
            for other in part.get("elements", {}).values():
                inner = joined(inner, members(types[int(other["$ref"][2:])], above))
            return "one", (), inner
        if what == "UnionType":
            parts = [types[int(one["$ref"][2:])] for one in part["elements"]]
            values = [one["value"] for one in parts if one["$type"] == "StringLiteralType"]
            # A plain string among them says that other values may come.
            closed = all(one["$type"] == "StringLiteralType" for one in parts)
            return "value", values if closed else (), None
        if what == "StringLiteralType":
            return "value", (part["value"],), None
        if what == "AnyType":
            return "any", (), None
        return "value", (), None

    resource = types[number]
    body = types[int(resource["body"]["$ref"][2:])]
    if body["$type"] == "DiscriminatedObjectType":
        inner = members({"properties": body.get("baseProperties", {})}, ())
        for other in body.get("elements", {}).values():
            inner = joined(inner, members(types[int(other["$ref"][2:])], ()))
        return inner
    return members(body, ())


# --- Kubernetes: the classes of its client ------------------------------------------------------------------------


def kubernetes(package):
    classes = {}
    for place in sorted(glob.glob(os.path.join(package, "kubernetes", "client", "models", "*.py"))):
        with open(place, encoding="utf-8") as file:
            code = file.read()
        name = re.search(r"^class (\w+)\(", code, re.M)
        types = re.search(r"openapi_types: ClassVar\[[^=]*= (\{.*?\n    \})", code, re.S)
        spelled_ = re.search(r"attribute_map: ClassVar\[[^=]*= (\{.*?\n    \})", code, re.S)
        if not (name and types and spelled_):
            continue
        optional = set(re.findall(r"^    (\w+): Optional\[", code, re.M))
        classes[name[1]] = (json.loads(types[1]), json.loads(spelled_[1]), optional)
    version = ""
    for info in glob.glob(os.path.join(package, "kubernetes-*.dist-info")):
        version = re.search(r"kubernetes-([0-9.]+)\.dist", info)[1]

    def structure(name):
        types, spelled_, optional = classes[name]
        out = []
        for attribute, holds in types.items():
            required = attribute not in optional
            nested = re.search(r"[VC]\w+\Z|(?<=\[)[VC]\w+(?=\]+\Z)|(?<=, )[VC]\w+(?=\]+\Z)", holds)
            nested = nested[0] if nested and nested[0] in classes else None
            if nested and nested.endswith("JSONSchemaProps"):
                nested, holds = None, "object"
            if holds.startswith("List["):
                text = f"[&{nested}]" if nested else "*"
            elif holds.startswith("Dict["):
                text = f"<&{nested}>" if nested else "{}"
            elif holds == "object":
                text = "~"
            else:
                text = f"(&{nested})" if nested else ""
            if nested:
                needed.append(nested)
            out.append(member(spelled_[attribute], required, False, text))
        return out

    kinds, shared, needed, versions = {}, {}, [], collections.defaultdict(list)
    for name, (types, spelled_, _) in classes.items():
        match = re.match(r"(V\d+(?:alpha\d+|beta\d+)?)([A-Z]\w*)\Z", name)
        if match and {"kind", "api_version", "metadata"} <= set(types) and not match[2].endswith("List"):
            versions[match[2]].append((match[1], name))
    stable = lambda one: ("alpha" not in one[0], "beta" not in one[0], one[0])
    for kind, all_ in versions.items():
        kinds[kind] = structure(max(all_, key=stable)[1])
    while needed:
        one = needed.pop()
        if one not in shared:
            shared[one] = []
            shared[one] = structure(one)
    write("kubernetes", f"Kubernetes' kinds, from its Python client {version}", kinds, shared, [])


def main():
    what, *arguments = sys.argv[1:] or [""]
    commands = {"terraform": terraform, "cloudformation": cloudformation, "arm": arm, "kubernetes": kubernetes}
    if what not in commands:
        sys.exit(__doc__)
    commands[what](*arguments)


main()
