// Package outfile writes the files that a privileged program is told to write, wherever that is, without being led
// elsewhere by those who own the directories on the way.
//
// [Open] opens a directory, [Dir.Write] replaces a file in it: written aside, flushed, renamed. [Write] is both.
//
// # Which way is taken
//
// A path is walked from the root, one name at a time. What belongs to root, to the user who runs the program, or to the
// owner of the root directory (in a user namespace), may lead anywhere; what belongs to somebody else may lead only to
// what belongs to the same user. So a user can keep files in directories of their own, and links between them, but a
// link from there to a file of the system ends the walk with an [*UnsafeError]. The file itself is replaced, whatever a
// user put in its place: a link, a pipe, another name of a file of the system.
//
// A file on which another one is mounted, as container managers do it, cannot be replaced: it is written in place.
//
// In directories that only root, or the user who runs the program, can change, a link is followed, and a device or pipe
// is written to (/dev/stdout).
package outfile
