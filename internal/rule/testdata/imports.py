"""Asks of each example on standard input whether what it imports is there, and whether its calls name real arguments.

Asked is about Python's own library, which is there wherever Python is; with the argument "packages" about what else is installed too.
"""

import ast
import contextlib
import importlib
import importlib.util
import inspect
import io
import json
import sys


def installed(module):
    top = module.split(".")[0]
    if top in sys.stdlib_module_names:
        return True
    try:
        return "packages" in sys.argv[1:] and importlib.util.find_spec(top) is not None
    except (ImportError, ValueError):
        return False


def load(module, line, troubles):
    try:
        return importlib.import_module(module)
    except Exception as e:
        troubles.append(f"line {line}: import of {module}: {type(e).__name__}: {e}")
        return None


def bound(tree, troubles):
    """The names that an example imports from what is installed, and how many imports were asked about."""
    names, asked = {}, 0
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level and installed(node.module):
            asked += 1
            module = load(node.module, node.lineno, troubles)
            for alias in node.names if module else []:
                if not hasattr(module, alias.name):
                    try:
                        importlib.import_module(f"{node.module}.{alias.name}")
                    except Exception:
                        troubles.append(f"line {node.lineno}: {node.module} has no {alias.name}")
                        continue
                names[alias.asname or alias.name] = getattr(module, alias.name, None)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if not installed(alias.name):
                    continue
                asked += 1
                module = load(alias.name, node.lineno, troubles)
                if module:
                    top = alias.name.split(".")[0]
                    names[alias.asname or top] = module if alias.asname else sys.modules[top]
    return names, asked


def value(node, names):
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute):
        owner = value(node.value, names)
        return getattr(owner, node.attr, None) if inspect.ismodule(owner) or inspect.isclass(owner) else None
    return None


def keywords(tree, names, troubles):
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = value(node.func, names)
        if called is None:
            continue
        try:
            parameters = inspect.signature(called).parameters
        except (TypeError, ValueError):
            continue
        if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
            continue
        for k in node.keywords:
            if k.arg and k.arg not in parameters:
                troubles.append(f"line {node.lineno}: {ast.unparse(node.func)} takes no {k.arg}")


answers = {}
for name, code in sorted(json.load(sys.stdin).items()):
    troubles = []
    tree = ast.parse(code)
    with contextlib.redirect_stdout(io.StringIO()):
        names, asked = bound(tree, troubles)
        keywords(tree, names, troubles)
    answers[name] = {"asked": asked, "troubles": troubles}
print(json.dumps(answers))
