"""Reads and writes boot entries with libostree, compares versions with libc.

Reads lines of JSON: ["entry", content in hexadecimal] is answered by the
content that libostree writes, in hexadecimal, or by "error: " and its text;
["versions", a, b] by the sign of strverscmp."""
import ctypes
import json
import os
import sys
import tempfile

lib, libc = ctypes.CDLL("libostree-1.so.1"), ctypes.CDLL("libc.so.6")
text, handle, AT_FDCWD = ctypes.c_char_p, ctypes.c_void_p, -100


class GError(ctypes.Structure):
    _fields_ = [("domain", ctypes.c_uint32), ("code", ctypes.c_int), ("message", text)]


failure = ctypes.POINTER(GError)
new = lib.ostree_bootconfig_parser_new
new.restype = handle
parse, write = lib.ostree_bootconfig_parser_parse_at, lib.ostree_bootconfig_parser_write_at
for f in parse, write:
    f.argtypes = [handle, ctypes.c_int, text, handle, ctypes.POINTER(failure)]


def rewrite(data, folder):
    source, target = (os.path.join(folder, name).encode() for name in ("in.conf", "out.conf"))
    with open(source, "wb") as f:
        f.write(data)
    parser, error = new(), failure()
    for step, path in (parse, source), (write, target):
        if not step(parser, AT_FDCWD, path, None, ctypes.byref(error)):
            return "error: " + error.contents.message.decode()
    with open(target, "rb") as f:
        return f.read().hex()


with tempfile.TemporaryDirectory() as folder:
    for line in sys.stdin:
        kind, *args = json.loads(line)
        if kind == "entry":
            print(json.dumps(rewrite(bytes.fromhex(args[0]), folder)))
        else:
            r = libc.strverscmp(*(a.encode() for a in args))
            print(json.dumps(str((r > 0) - (r < 0))))
