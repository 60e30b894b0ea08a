# Answers questions about key files with GLib itself: one JSON object a line in, one out.
import json
import sys

from gi.repository import GLib

FLAGS = GLib.KeyFileFlags.KEEP_COMMENTS | GLib.KeyFileFlags.KEEP_TRANSLATIONS


def ask(call, *args):
    try:
        return {"ok": call(*args)}
    except GLib.Error as e:
        return {"error": e.message}


def describe(k):
    out = []
    for group in dict.fromkeys(k.get_groups()[0]):
        for key in dict.fromkeys(k.get_keys(group)[0]):
            out.append({
                "group": group, "key": key,
                "value": ask(lambda: k.get_value(group, key)),
                "string": ask(lambda: k.get_string(group, key)),
                "strings": ask(lambda: list(k.get_string_list(group, key))),
                "bool": ask(lambda: k.get_boolean(group, key)),
                "int": ask(lambda: k.get_integer(group, key)),
            })
    return out


def answer(q):
    k = GLib.KeyFile.new()
    try:
        k.load_from_bytes(GLib.Bytes.new(q["text"].encode()), FLAGS if q["comments"] else GLib.KeyFileFlags.KEEP_TRANSLATIONS)
    except GLib.Error as e:
        return {"error": e.message}
    for op in q.get("ops") or []:
        try:
            getattr(k, op[0])(*op[1:])
        except GLib.Error:
            pass
    data = k.to_data()[0]
    return {"groups": list(dict.fromkeys(k.get_groups()[0])), "keys": describe(k), "data": data}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
