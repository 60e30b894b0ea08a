// Package osrelease reads os-release files, which name an operating system.
//
// [Load] reads the file of a system tree, [Parse] the text of one,
// [Release.Name] is what a boot menu shows.
//
// # The format
//
//	# a comment
//	NAME=DemoOS
//	ID=demo
//	PRETTY_NAME="DemoOS 1.0"
//
// A line that starts with '#', or has no '=', is skipped. What stands before
// the first '=' is the key, to the byte: blanks belong to it. The value is
// unquoted as a shell would do it, without expansions ([Unquote]); one that a
// shell would find incomplete is skipped, so that an earlier value of the key
// stays. Else the last value of a key counts. Blanks outside of quotes belong to
// the value, and there are no comments behind one. This is how libostree 2026.4
// reads the file, which is laxer than os-release(5).
//
// The text must be UTF-8 without NUL, at most [MaxSize] bytes long.
package osrelease
