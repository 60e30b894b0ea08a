// Package keyfile reads and edits key files, the INI dialect of GLib's
// GKeyFile that OSTree repositories, remotes and origins are configured in.
//
// [Parse] reads one, [File.Bytes] writes it back. What was not changed comes
// back byte for byte: comments, blank lines, indentation, unknown groups,
// unknown keys, translated keys ("Name[de]") and the order of everything.
//
// # The format
//
//	# A comment; blank lines count as comments.
//	[core]
//	repo_version=1
//	mode=archive-z2
//	lock-timeout-secs=300
//
//	[remote "origin"]
//	url=https://example.com/repo
//	branches=os/stable;os/testing;
//	gpg-verify=true
//
// Lines end in LF or CRLF. White space before a line, around the key and
// before the value is ignored; white space after the value belongs to it.
// A group that appears twice is one group, and of a key that appears twice the
// last value counts.
//
// A value is text with the escapes \s (space), \n, \t, \r and \\. [File.Value]
// gives it as it stands, [File.String] without escapes, [File.Strings] split at
// semicolons (\; is a semicolon in an element, one at the end adds no element),
// [File.Bool] accepts true, false, 1 and 0, [File.Int64] decimal numbers.
//
// # Changes
//
// A new key goes after the last key of its group, a new group to the end of the
// file after a blank line. A file without comments that is edited so has the
// bytes that GLib would write.
//
// # Errors
//
// Texts are GLib's, since programs print them and scripts look for them:
//
//	Key file does not have key “nope” in group “core”
//
// Test for conditions with errors.Is ([ErrKeyNotFound], [ErrGroupNotFound]) or
// errors.As (*[NotFoundError], *[ParseError], *[ValueError]).
//
// # Differences from GLib
//
// NUL bytes are refused, numbers that do not fit are refused by all readers of
// numbers, and removing a key removes all its occurrences.
package keyfile
