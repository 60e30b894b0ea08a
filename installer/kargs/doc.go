// Package kargs edits kernel arguments the way that images of NestOS and CoreOS expect it:
// as one line of text.
//
// [Edit.Apply] edits a line, [EditBLS] the line in an entry of the boot loader, and
// [EditNewest] that of the newest entry of a boot file system.
//
//	e := kargs.Edit{Append: []string{"console=ttyS0"}, Delete: []string{"quiet"}}
//	err := kargs.EditNewest(boot, e.Apply)
//
// # The algorithm
//
// The order is the same whatever the order of the options: delete, append, append what is
// missing, replace. An argument is found by its exact text between two blanks, so
// deleting "console" leaves "console=tty0" alone, and deleting "a b" deletes the two where
// they are neighbours. Quotes mean nothing. Nothing is deduplicated, and to delete or to
// replace what is not there is no error. Occurrences are looked for from left to right and do
// not share blanks: deleting "a" from "a a" leaves one "a". All of this is what scripts have
// come to rely on; package ostree/kargs has another algorithm, which knows keys.
//
// # Entries
//
// Entries are the files *.conf below loader/entries. Their names sort in reverse, the last
// one is the newest, and the only one that is edited: what an image has just once.
//
// Options, order and texts of errors are those of coreos-installer 0.26 and rdcore. Entries are replaced
// atomically and durably.
package kargs
