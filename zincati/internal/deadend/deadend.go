// Package deadend tells users who log in that the booted release is a dead end: no update leads on from it.
//
// The notice is a file of the message of the day, which belongs to root. [Set] and [Unset] are what the program does
// as root, [Refresh] is how the unprivileged agent has it done, through pkexec.
package deadend

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"github.com/nestos-dev/nestos/internal/run"
	"github.com/nestos-dev/nestos/zincati/internal/logfmt"
)

const (
	// Dir is where the notice is.
	Dir = "/run/motd.d"
	// FileName is the name of the notice.
	FileName = "85-zincati-deadend.motd"
	// Program is what pkexec runs; the action of polkit names this path.
	Program = "/usr/libexec/zincati"
	// fileMode is for everybody to read.
	fileMode = 0o644
	// attempts is how many names are tried for the temporary file.
	attempts = 64
	// answerTime is how long pkexec may take: it asks the authority of polkit, which may hang.
	answerTime = 5 * time.Minute
	// maxReason bounds a reason in bytes; the kernel takes no argument of 128 KiB.
	maxReason = 4 << 10
)

// Set writes the notice into dir, which must exist, in one step: a reader sees the old notice or the new one. The
// reason may be empty. The temporary file is .deadend.XXXXXX.motd.partial in the same directory.
func Set(dir, reason string) error {
	f, err := create(dir)
	if err != nil {
		return fmt.Errorf("failed to create temporary MOTD file under '%s/': %w", dir, err)
	}
	name := f.Name()
	text := "This release is a dead-end and will not further auto-update: " + reason + "\n"
	if err := fill(f, text); err != nil {
		_ = os.Remove(name)
		return fmt.Errorf("failed to write temporary MOTD file: %w", err)
	}
	path := filepath.Join(dir, FileName)
	if err := rename(name, path); err != nil {
		_ = os.Remove(name)
		return fmt.Errorf("failed to persist MOTD fragment to '%s': %w", path, &systemError{before: "failed to persist temporary file: ", err: err})
	}
	return nil
}

// create makes the temporary file. O_EXCL neither follows a link nor takes what is there.
func create(dir string) (*os.File, error) {
	var err error
	for range attempts {
		name := filepath.Join(dir, ".deadend."+rand.Text()[:6]+".motd.partial")
		var f *os.File
		f, err = os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		if err == nil {
			return f, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, &systemError{after: fmt.Sprintf(" at path %q", name), err: err}
		}
	}
	return nil, err
}

func fill(f *os.File, text string) error {
	_, err := f.WriteString(text)
	if err == nil {
		err = f.Chmod(fileMode) // no matter what the umask is
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}

// Unset removes the notice from dir. That there is none is no error.
func Unset(dir string) error {
	path := filepath.Join(dir, FileName)
	if err := unlink(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return &systemError{before: fmt.Sprintf("failed to remove MOTD fragment at '%s': ", path), err: err}
	}
	return nil
}

// systemError is an error of the kernel amid a text that is shown as one line, where other errors are a chain.
type systemError struct {
	before, after string
	err           error
}

func (e *systemError) Error() string { return e.before + logfmt.Line(e.err) + e.after }

// Is looks at the error inside. There is no Unwrap, as it would make a chain.
func (e *systemError) Is(target error) bool { return errors.Is(e.err, target) }

// Refresh runs the program as root, to set the notice or to unset it. Its exit status is not an error: only a program
// that could not be started is, one that does not end within five minutes, or the end of the context. Control characters
// of the reason, which comes from the graph, become blanks.
func Refresh(ctx context.Context, r run.Runner, dead bool, reason string) error {
	c := run.Command("pkexec", Program, "deadend-motd", "unset")
	if dead {
		c.Args = append([]string{Program, "deadend-motd", "set"}, option(argument(reason))...)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, answerTime, fmt.Errorf("no end within %v", answerTime))
	defer cancel()
	_, err := r.Run(ctx, c)
	if _, ended := errors.AsType[*run.ExitError](err); ended && ctx.Err() == nil {
		return nil
	}
	if err != nil {
		return fmt.Errorf("failed to run 'pkexec' binary: %w", err)
	}
	return nil
}

// option keeps a reason that begins with a dash from being taken for an option.
func option(reason string) []string {
	if strings.HasPrefix(reason, "-") {
		return []string{"--reason=" + reason}
	}
	return []string{"--reason", reason}
}

// argument makes a reason fit for a program's argument and for terminals.
func argument(reason string) string {
	reason = strings.ToValidUTF8(reason[:min(len(reason), maxReason)], "\uFFFD")
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && unicode.IsControl(r) {
			return ' '
		}
		return r
	}, reason)
}
