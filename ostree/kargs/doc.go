// Package kargs edits kernel command lines: ordered lists of arguments in which
// a key may stand several times.
//
// [Parse] reads the text of a boot entry's "options" or of /proc/cmdline, the
// methods of [Args] change it, [Args.String] writes it back.
//
// # The format
//
//	root=UUID=5f2c rw console=tty0 console=ttyS0 dyndbg="file a.c +p" ostree=/ostree/boot.1/os/3f…/0
//
// Words are separated by single blanks. A double quote starts or ends a
// stretch in which blanks do not separate; it stays part of the word, wherever
// in the word it stands. A quote that is never closed reaches to the end of the
// line. Two blanks in a row have an empty word between them, so that what was
// not edited comes back byte for byte; only blanks at the start are dropped.
//
// A word is split at its first '=' into key and value: "root=UUID=5f2c" has the
// key "root". A word without '=' has no value, which is not the same as an
// empty one: "quiet" and "quiet=" are different arguments.
//
// # Operations
//
// They have the meaning, and the error texts, of the options of the programs:
//
//	ostree admin deploy --karg, set-kargs --replace       [Args.Set]
//	ostree admin deploy --karg-append, set-kargs --append [Args.Append]
//	ostree admin deploy --karg-delete                     [Args.DeleteIfPresent]
//	ostree admin deploy --karg-proc-cmdline               [Args.Import]
//	ostree admin kargs edit-in-place --append-if-missing  [Args.AppendIfMissing]
//	rpm-ostree kargs, all its options at once             [Edit.Apply]
//
// [Args.Set] puts the new argument where the first one of its key stood. That
// is how a deployment's own "ostree=" is renewed at every write without moving.
// To compare two lines but for their deployments, set "ostree" in clones of
// both and use [Args.Equal], as the choice between the two kinds of boot
// switches wants it, or compare [Args.Without] "ostree".
//
// # Guarantees
//
// An operation that fails changes nothing. Nothing but the text is judged: the
// kernel's limit on the length of a line and the meaning of arguments are the
// caller's. A value may hold a line feed, which no boot entry can; package bls
// refuses to write it.
//
// Values are not safe for concurrent changes.
package kargs
