package code

// builtins are the names that Python and JavaScript define and that matter here, since what they do is known or harmless,
// each with its full name.
var builtins = func() map[string]string {
	all := map[string]string{}
	for _, name := range []string{
		"abs", "aiter", "all", "anext", "any", "ascii", "bin", "bool", "breakpoint", "bytearray", "bytes", "callable", "chr",
		"classmethod", "compile", "complex", "delattr", "dict", "dir", "divmod", "enumerate", "eval", "exec", "filter", "float",
		"format", "frozenset", "getattr", "globals", "hasattr", "hash", "help", "hex", "id", "input", "int", "isinstance",
		"issubclass", "iter", "len", "list", "locals", "map", "max", "memoryview", "min", "next", "object", "oct", "open", "ord",
		"pow", "print", "property", "range", "repr", "reversed", "round", "set", "setattr", "slice", "sorted", "staticmethod",
		"str", "sum", "super", "tuple", "type", "vars", "zip", "__import__",
		"Exception", "BaseException", "ValueError", "TypeError", "KeyError", "IndexError", "RuntimeError", "OSError", "IOError",
		"FileNotFoundError", "PermissionError", "ConnectionError", "TimeoutError", "NotImplementedError", "StopIteration",
		"AttributeError", "ImportError", "ZeroDivisionError", "UnicodeDecodeError", "KeyboardInterrupt", "SystemExit",
		"AssertionError", "LookupError", "ArithmeticError", "InterruptedError", "StopAsyncIteration", "GeneratorExit",
		"ModuleNotFoundError", "NameError", "OverflowError", "RecursionError", "ReferenceError", "SyntaxError", "UnicodeError",
		"Warning", "DeprecationWarning", "UserWarning", "FileExistsError", "IsADirectoryError", "NotADirectoryError",
		"BrokenPipeError", "ConnectionRefusedError", "ConnectionResetError", "ProcessLookupError", "ChildProcessError",
		// JavaScript
		"JSON", "Math", "Object", "Array", "Promise", "console", "process", "fetch", "Date", "Number", "String", "Boolean",
		"RegExp", "Error", "Bun", "Deno", "Map", "Set", "Buffer", "setTimeout", "clearTimeout", "setInterval", "URL", "URLSearchParams",
		"encodeURIComponent", "decodeURIComponent", "parseInt", "parseFloat", "require", "structuredClone", "Symbol",
		"AbortController", "AbortSignal", "Function", "TextEncoder", "TextDecoder", "Headers", "Request", "Response", "FormData", "crypto",
		"BigInt", "Blob", "File", "isNaN", "isFinite", "queueMicrotask", "setImmediate", "clearInterval", "WeakMap", "WeakSet", "WeakRef",
		"Proxy", "Reflect", "Intl", "atob", "btoa", "performance", "ArrayBuffer", "DataView", "Uint8Array", "Uint16Array", "Uint32Array",
		"Int32Array", "Float32Array", "Float64Array", "ReadableStream", "WritableStream", "TransformStream", "encodeURI", "decodeURI",
		"RangeError", "AggregateError",
	} {
		all[name] = "builtins." + name
	}
	return all
}()
