"""Print what CPython's own parser sees in each Python file below the folders given, one JSON object a line.

Read by TestPythonAgreesWithCPython. Each object has:
  path      the file
  error     CPython's reason when it rejects the file; nothing else then
  encoding  the file's encoding when it is not UTF-8
  calls     [line, column, end line, end column, callee, positional, keywords] of each call, those of inside left out;
            lines from 1, columns in bytes of UTF-8 from 0
  inside    the callees of calls inside f-strings, sorted, where CPython gives no exact place for them (before 3.12)
  exact     whether calls inside f-strings are in calls
  counts    how many nodes of each type there are outside of f-strings
  places    a sum over the places of the nodes of each type; null before Python 3.10, whose places are others
  strings   sum of the CRC-32 of all string literals outside of f-strings; null when one cannot be compared
"""
import ast
import gc
import json
import os
import sys
import tokenize
import warnings
import zlib

warnings.simplefilter("ignore")

# Definitions begin at their decorators for us.
HEADED = ("FunctionDef", "AsyncFunctionDef", "ClassDef")


def dotted(node):
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    parts.append(node.id)
    return ".".join(reversed(parts))


def read(path):
    with open(path, "rb") as f:
        text = f.read()
    result = {"path": path}
    try:
        with open(path, "rb") as f:
            encoding, _ = tokenize.detect_encoding(f.readline)
        tree = ast.parse(text, path)
    except Exception as error:
        result["error"] = str(error) or "unknown"
        return result
    if not encoding.startswith("utf-8"):
        result["encoding"] = encoding
    calls, inside, counts, places, strings = [], [], {}, {}, 0
    placed = sys.version_info >= (3, 10) and "encoding" not in result
    comparable = b"\\N{" not in text and b"\\ud" not in text and b"\\uD" not in text and "encoding" not in result
    stack = [(tree, False)]
    while stack:
        node, deep = stack.pop()
        kind = type(node)
        if kind.__name__ in ("JoinedStr", "TemplateStr"):
            deep = True
        if kind is ast.Call:
            if deep and sys.version_info < (3, 12):
                inside.append(dotted(node.func))
            else:
                calls.append([
                    node.lineno, node.col_offset, node.end_lineno, node.end_col_offset,
                    dotted(node.func), len(node.args), [k.arg or "**" for k in node.keywords],
                ])
        if not deep:
            name = "Tuple" if kind.__name__ == "ExtSlice" else kind.__name__  # Python 3.8
            if kind is ast.Constant:
                name = type(node.value).__name__
                if name in ("int", "float", "complex"):
                    name = "number"
                if comparable and name == "str":
                    strings += zlib.crc32(node.value.encode())
            counts[name] = counts.get(name, 0) + 1
            if placed and hasattr(node, "lineno") and node.col_offset >= 0:
                start = 0 if name in HEADED else node.lineno * 8191 + node.col_offset
                end = node.end_lineno * 8191 + node.end_col_offset
                places[name] = places.get(name, 0) + (start * 31 + end) * (end + 17) % 1000003
        for field in kind._fields:
            value = getattr(node, field, None)
            if isinstance(value, list):
                for child in value:
                    if isinstance(child, ast.AST):
                        stack.append((child, deep))
            elif isinstance(value, ast.AST) and value._fields:
                stack.append((value, deep))
    result["calls"] = calls
    result["exact"] = sys.version_info >= (3, 12)
    result["inside"] = sorted(inside)
    result["counts"] = counts
    result["places"] = places if placed else None
    result["strings"] = strings if comparable else None
    return result


def main():
    gc.disable()  # trees hold no cycles; looking for them takes a third of the time
    share, shares = int(sys.argv[1]), int(sys.argv[2])
    paths = []
    for top in sys.argv[3:]:
        for folder, folders, names in os.walk(top):
            folders[:] = [f for f in folders if f not in ("site-packages", "dist-packages", "__pycache__")]
            paths.extend(os.path.join(folder, name) for name in names if name.endswith(".py"))
    for path in sorted(paths)[share::shares]:
        json.dump(read(path), sys.stdout, separators=(",", ":"))
        sys.stdout.write("\n")


main()
