// Package gvariant reads and writes GVariant, the typed binary serialization
// of GLib in which OSTree stores commits, directories, summaries and deltas.
//
// Start with [FromBytes] to read and with the New… functions to build; [Dict]
// builds the a{sv} dictionaries, [Parse] and [Value.Text] speak the text format
// of command lines.
//
// # Anatomy
//
// A value is a type string and bytes. Numbers lie in host order, which here is
// always little-endian (what OSTree wants big-endian is made with
// [NewUint32BE] and the like). Text ends with a NUL. Containers pad each child
// to the alignment of its type, counted from their own start:
//
//	array of fixed-size elements     elements back to back
//	array of others                  elements, then the end offset of each
//	tuple, dictionary entry          members, then the end offsets of the
//	                                 variable-size ones but the last, in
//	                                 reverse; padded at the end if all are fixed
//	maybe                            nothing: no bytes; else the value, and a
//	                                 zero byte if the value is not fixed-size
//	variant                          the value, a zero byte, the type string
//
// End offsets are little-endian, of the smallest width (1, 2, 4, 8 bytes) that
// fits the container. The unit () is one zero byte.
//
// # Guarantees
//
// Reading never panics and never allocates more than what is asked for,
// whatever the bytes; see [Value]. Bytes in normal form ([Value.IsNormal]) are
// exactly those that the constructors make from the same content. Text, its
// parse errors and the order of [HashOrder] are those of GLib 2.74, with two
// exceptions: subnormal doubles parse, and escapes that are no character
// (surrogates, above U+10FFFF) are errors. Values may be used concurrently.
//
// The package does not know D-Bus marshalling, file descriptors behind handles,
// or the format strings of GLib's variadic functions.
package gvariant
