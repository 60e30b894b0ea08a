// Package config holds the options of an installation as values: the config files of the
// installer, and the syntax of consoles, digests, partition filters and globs.
//
// [Parse] reads a config file, [Config.Args] turns it into the arguments of the command
// "install" that mean the same, [Config.Encode] writes it.
//
// # Config files
//
//	# /etc/nestos/installer.d/0000-site.yaml
//	dest-device: /dev/disk/by-id/wwn-0x5000c500a0b1c2d3
//	stream: stable
//	ignition-file: /etc/nestos/dest.ign
//	console: ["ttyS0,115200", tty0]
//	append-karg:
//	- audit=0
//	save-partlabel: [data*]
//	fetch-retries: infinite
//
// A file is one YAML document, a mapping from the long options of "install", without the
// dashes, to their values. JSON is YAML. Options that may be repeated take lists, flags
// take true and false, the others one scalar, which stands as it is written: 1.50 is the
// text 1.50. Unknown keys, keys that occur twice and values of another type are errors
// that name the place; an empty document is an empty config. [ExampleConfig] has all keys.
//
// Several files, and the options of a command line, are merged as if all had been typed:
// lists grow, the last one of the other options counts. [Config.Args] is made for that.
//
// # Values
//
//	console      ttyS0,115200n8  ttyAMA1  tty0  hvc0  ttysclp0      ParseConsole
//	digest       sha256-<64 hex digits>  sha512-<128 hex digits>    ParseHash
//	retries      3  infinite                                        ParseRetries
//	partitions   labels: globs; numbers: 3  5-7  8-  -2             ParsePartitionFilters
//	glob         *  ?  [a-z]  [!x]                                  CompileGlob
//
// # Limits
//
// The package opens no files and looks at no devices: whether a path exists or options
// exclude each other is for the one who installs. URLs are checked and put into the
// canonical form of the WHATWG; hosts in the old notations of IPv4 addresses (octal,
// hexadecimal, less than four parts) are not rewritten.
package config
