"""Runs operations on kernel arguments in libostree.

Reads lines of JSON, each [start, [[operation, argument], ...]], and answers
each with a line of JSON: the list of [error or null, arguments] after each
operation."""
import ctypes
import json
import sys

lib = ctypes.CDLL("libostree-1.so.1")
text = ctypes.c_char_p


class GError(ctypes.Structure):
    _fields_ = [("domain", ctypes.c_uint32), ("code", ctypes.c_int), ("message", text)]


failure = ctypes.POINTER(GError)


def function(name, result, *args):
    f = getattr(lib, "ostree_kernel_args_" + name)
    f.restype, f.argtypes = result, args
    return f


handle = ctypes.c_void_p
from_string = function("from_string", handle, text)
free = function("free", None, handle)
to_string = function("to_string", text, handle)
last_value = function("get_last_value", text, handle, text)
contains = function("contains", ctypes.c_int, handle, text)
import_cmdline = function("append_proc_cmdline", ctypes.c_int, handle, handle, ctypes.POINTER(failure))
plain = {n: function(n, None, handle, text) for n in ("append", "append_if_missing", "replace")}
failing = {
    n: function(n, ctypes.c_int, handle, text, ctypes.POINTER(failure))
    for n in ("new_replace", "delete", "delete_if_present", "delete_key_entry")
}

for line in sys.stdin:
    start, operations = json.loads(line)
    kargs = from_string(start.encode())
    answers = []
    for name, arg in operations:
        error, arg, note = failure(), arg.encode(), None
        if name in plain:
            plain[name](kargs, arg)
        elif name in failing:
            if not failing[name](kargs, arg, ctypes.byref(error)):
                note = error.contents.message.decode()
        elif name == "contains":
            note = str(bool(contains(kargs, arg)))
        elif name == "last":
            value = last_value(kargs, arg)
            note = "none" if value is None else "=" + value.decode()
        elif name == "import":
            import_cmdline(kargs, None, ctypes.byref(error))
        else:
            sys.exit("unknown operation " + name)
        answers.append([note, to_string(kargs).decode()])
    free(kargs)
    print(json.dumps(answers))
