# Looks labels up with libselinux: argument file_contexts; "MODE PATH\0" in, "LABEL\n" out.
import ctypes
import ctypes.util
import errno
import os
import sys


class Option(ctypes.Structure):
    _fields_ = [("type", ctypes.c_int), ("value", ctypes.c_char_p)]


os.environ["LIBSELINUX_DISABLE_PCRE_PRECOMPILED"] = "1"
lib = ctypes.CDLL("libselinux.so.1", use_errno=True)
lib.selabel_open.restype = ctypes.c_void_p
lib.selabel_lookup_raw.argtypes = [ctypes.c_void_p, ctypes.POINTER(ctypes.c_char_p), ctypes.c_char_p, ctypes.c_int]
lib.freecon.argtypes = [ctypes.c_char_p]
option = Option(3, sys.argv[1].encode())  # SELABEL_OPT_PATH
handle = lib.selabel_open(0, ctypes.byref(option), 1)
if not handle:
    sys.exit(os.strerror(ctypes.get_errno()))
context = ctypes.c_char_p()
for record in sys.stdin.buffer.read().split(b"\0")[:-1]:
    mode, path = record.split(b" ", 1)
    if path == b"/proc":
        path = b"/mnt"
    if lib.selabel_lookup_raw(handle, ctypes.byref(context), path, int(mode)) == 0:
        print(context.value.decode())
    elif ctypes.get_errno() == errno.ENOENT:
        print("<<none>>")
    else:
        print("error", os.strerror(ctypes.get_errno()))
