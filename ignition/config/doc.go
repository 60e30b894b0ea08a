// Package config reads, checks and writes Ignition configs: the JSON documents
// that say what a machine has to be after its first boot.
//
// [Parse] reads a config of any version and returns it in the types of the newest
// one, together with a report of what is wrong or doubtful. [ParseDocument] keeps
// the positions too, so that a program can tell its user later in which line an
// entry was written. [Validate] checks a config that was made or merged by a
// program, [Marshal] writes one.
//
// # The format
//
//	{
//	  "ignition": {"version": "3.5.0", "config": …, "timeouts": …, "security": …, "proxy": …},
//	  "storage":  {"disks": …, "raid": …, "luks": …, "filesystems": …, "files": …, "directories": …, "links": …},
//	  "systemd":  {"units": …},
//	  "passwd":   {"users": …, "groups": …},
//	  "kernelArguments": {"shouldExist": …, "shouldNotExist": …}
//	}
//
// ignition.version is one of [Versions]; it decides which keys and which values
// there are. Keys are found in any case, but in another spelling than their own
// they give a warning, as keys without meaning do. What is null is absent. Of
// equal keys in an object the last wins, objects and lists being read into what
// the former ones left.
//
// # Reports
//
// An entry has a kind, of which only errors are fatal, a path as in
// $.storage.files.0.path and a position. The position of a list or object is the
// byte after its opening bracket, that of a literal its first byte, that of an
// unused key its opening quote. What is missing is reported at the innermost
// object that should have it. Texts and order are those of Ignition 2.26;
// unused keys of one object, which it prints in random order, are in the order of
// the text, and a report ends after some hundred thousand entries.
//
// If the text is no JSON or a value has the wrong type, the only entry is what
// encoding/json says, with Ignition's types in it.
//
// # Guarantees
//
// Time and memory are linear in the size of the text, whatever it is; nesting is
// limited to 10000. A config that Parse returns was valid in its own version,
// and is exactly what it says in the newest one. Nothing is read or fetched: the
// configs that a config refers to are no business of this package. Merging is in
// package merge, the types of each version are in packages v3_0 to
// v3_7_experimental.
package config
