package sandbox

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/nestos-dev/nestos/internal/errno"
)

// ErrNoOverlay is returned by [Start] when the kernel refuses the overlay file systems, as it does in some
// containers and where Config.Upper itself is on one. A private copy of the tree with Config.ReadWrite is
// what remains.
var ErrNoOverlay = errors.New("overlay file systems are not possible here")

// ErrNoMain is returned by [Start] and [CheckMain] in a program that does not call [Main]. The text names the public
// functions that do nothing else.
var ErrNoMain = errors.New("rpmostree.Main (or compose.Main, which is the same) was not called at the start of the program")

// ErrEnded is returned by the methods of a session whose first process is gone: closed, killed, or ended by
// a cancelled context.
var ErrEnded = errors.New("the sandbox has ended")

// ErrBusy is returned by [Start] while another session uses Config.Upper.
var ErrBusy = errors.New("in use by another sandbox")

// Config describes a sandbox.
type Config struct {
	// Root is the directory of the tree, with usr and, if it has them, etc and var.
	Root string
	// Upper is a scratch directory of the caller's, not on an overlay file system. What programs change is
	// kept there; sessions one after the other with the same Upper continue each other's work.
	Upper string
	// ReadWrite lets programs change usr and etc of Root directly, which then must be a private copy without
	// hard links to anything. Changes is not available.
	ReadWrite bool
	// ReadOnlyUsr makes /usr read-only.
	ReadOnlyUsr bool
	// Hide are directories, relative to the root, that appear empty; nil means usr/share/rpm. Those that the
	// tree lacks do not count.
	Hide []string
	// Binds are files and directories of the host that are made visible.
	Binds []Bind
	// Covers are files that others appear in place of.
	Covers []Cover
	// Capabilities are the numbers of the capabilities(7) that programs have; nil means
	// [DefaultCapabilities].
	Capabilities []int
	// Processes is how many processes there can be at once; 0 means 4096, less than 0 no limit of our own.
	Processes int
	// Logger is told, at debug level, what was left out and why; nil discards it.
	Logger *slog.Logger
}

// Bind makes something of the host visible.
type Bind struct {
	// Source is a directory or a file of the host.
	Source string
	// Target is where, relative to the root. It is created if it is missing, with the directories above it.
	Target string
	// Writable lets programs change it.
	Writable bool
}

// Cover puts a file in the place of another while the sandbox exists. Nothing of it is in the tree afterwards. Programs
// can neither change, remove nor replace what is at the path (they get "Device or resource busy").
type Cover struct {
	// Path is the file, relative to the root. If it is missing, or no regular file, there is nothing to cover.
	Path string
	// Content is what appears there.
	Content []byte
	// Executable says that it can be run.
	Executable bool
	// Keep is where, relative to the root and below run, the covered file appears; empty is nowhere.
	Keep string
}

// The capabilities of [DefaultCapabilities].
const (
	capChown       = 0
	capDacOverride = 1
	capFowner      = 3
	capFsetid      = 4
	capKill        = 5
	capSetgid      = 6
	capSetuid      = 7
	capSetpcap     = 8
	capSysChroot   = 18
	capSetfcap     = 31
)

// DefaultCapabilities returns what scripts of packages need: to set the owners, modes and capabilities of
// files, to become another user, to use chroot.
func DefaultCapabilities() []int {
	return []int{capChown, capDacOverride, capFowner, capFsetid, capKill, capSetgid, capSetuid, capSetpcap, capSysChroot, capSetfcap}
}

// DefaultEnv returns the environment of a Cmd that has none.
func DefaultEnv() []string {
	return []string{"PATH=/usr/sbin:/usr/bin", "LANG=C", "SYSTEMD_OFFLINE=1"}
}

// Cmd is a program to run.
type Cmd struct {
	// Argv is the program, a path in the sandbox or a name to look up in the PATH of Env, and its arguments.
	Argv []string
	// Script, unless nil, is passed as a file, whose name /proc/self/fd/5 follows Argv.
	Script []byte
	// Args follow the script's name.
	Args []string
	// Env is the complete environment; nil means [DefaultEnv].
	Env []string
	// Stdin is the standard input; nil is empty.
	Stdin io.Reader
	// Output receives what the program and its children write to standard output; nil discards it. It is not
	// called after Run has returned.
	Output io.Writer
	// Stderr receives what they write to standard error; nil means Output, in the order in which it is written.
	// If it is set it may be called at the same time as Output.
	Stderr io.Writer
	// Terminal, unless nil, takes the place of Stdin and Output: the program uses it directly and stays in
	// the terminal's session, for debugging by hand.
	Terminal *os.File
}

// ExitError tells that a program could not be started or did not succeed.
type ExitError struct {
	// Program is the first word of Argv.
	Program string
	// Code is the exit status; Signal the signal that killed it, if that is not 0.
	Code, Signal int
	// Err, unless nil, is why it was not started.
	Err error
}

// Error is worded as rpm-ostree words failures of bubblewrap(1).
func (e *ExitError) Error() string {
	switch {
	case e.Err != nil:
		return fmt.Sprintf("bwrap(%s): execvp %s: %s", e.Program, e.Program, errno.Text(e.Err))
	case e.Signal != 0:
		return fmt.Sprintf("bwrap(%s): Child process killed by signal %d", e.Program, e.Signal)
	}
	return fmt.Sprintf("bwrap(%s): Child process exited with code %d", e.Program, e.Code)
}

// Unwrap returns Err.
func (e *ExitError) Unwrap() error { return e.Err }

// Attrs are attributes to set with [Session.SetAttrs].
type Attrs struct {
	// Path is relative to the root; a link in the last place is not followed.
	Path string
	// UID and GID are the owner. In an ordinary user's sandbox it is only recorded.
	UID, GID int
	// Mode are the permission bits with set-user-id, set-group-id and sticky (07777). Links have none.
	Mode uint32
	// Xattrs are set; others stay.
	Xattrs []Xattr
}

// Xattr is an extended attribute.
type Xattr struct {
	Name  string
	Value []byte
}
