package etcmerge

import "fmt"

// ConflictKind says why a change does not fit into the new defaults.
type ConflictKind int

const (
	// NewDirectory: what the administrator made a file or link (or another thing) is a directory in the new
	// defaults.
	NewDirectory ConflictKind = iota + 1
	// NotDirectory: the change is below a path that is no directory in the new defaults.
	NotDirectory
	// DanglingLink: the change is below a path that the new defaults have as a link without a target, or in
	// a circle.
	DanglingLink
	// LinkOutside: the change is below a path that the new defaults have as a link that leads out of /etc.
	LinkOutside
)

// String describes the kind in a few words.
func (k ConflictKind) String() string {
	switch k {
	case NewDirectory:
		return "new directory"
	case NotDirectory:
		return "not a directory"
	case DanglingLink:
		return "dangling link"
	case LinkOutside:
		return "link outside"
	}
	return fmt.Sprintf("ConflictKind(%d)", int(k))
}

// Conflict is a change that cannot be carried over.
type Conflict struct {
	// Path is the change, relative to /etc.
	Path string
	Kind ConflictKind
	// Text is the message of libostree, without its prefix "During /etc merge: ". For LinkOutside, which
	// libostree does not know, it is our own.
	Text string
}

// ConflictError is the error of [Merge] if there are conflicts; target is unchanged then.
type ConflictError struct {
	// Conflicts are all that were found, in the order in which the changes would be applied. There is at
	// least one.
	Conflicts []Conflict
}

// Error is the text of the first conflict, where libostree would have stopped.
func (e *ConflictError) Error() string { return e.Conflicts[0].Text }

// conflict is a Conflict on its way to the list.
type conflict Conflict

func (c *conflict) Error() string { return c.Text }

func newDirectory(path string) error {
	return &conflict{path, NewDirectory, fmt.Sprintf("Modified config file newly defaults to directory '%s', cannot merge", path)}
}

func linkOutside(path, parent string) error {
	return &conflict{path, LinkOutside, fmt.Sprintf("Parent of modified config file '%s' newly defaults to a link out of /etc: '%s', cannot merge", path, parent)}
}
