package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"

	"golang.org/x/term"

	"github.com/nestos-dev/nestos/internal/errno"
)

// Exit codes of the programs.
const (
	// ExitOK is success.
	ExitOK = 0
	// ExitFailure is any error, wrong usage included.
	ExitFailure = 1
)

// ExitError ends a program with a certain code. Its message is printed, unless
// Err is nil.
type ExitError struct {
	// Code is the exit code.
	Code int
	// Err is what happened, nil for silence.
	Err error
}

// Error implements error.
func (e *ExitError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("exit code %d", e.Code)
	}
	return e.Err.Error()
}

// Unwrap returns Err.
func (e *ExitError) Unwrap() error { return e.Err }

// HelpError is an error that is printed after a help text.
type HelpError struct {
	// Help is printed as it is.
	Help string
	// Err is printed as an error line.
	Err error
}

// Error implements error.
func (e *HelpError) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e *HelpError) Unwrap() error { return e.Err }

// UsageError returns the error for arguments that a command cannot use: the
// command's help, an empty line, and the message.
func (p *Parser) UsageError(format string, args ...any) error {
	return &HelpError{Help: p.Help() + "\n", Err: fmt.Errorf(format, args...)}
}

// IsTerminal reports whether a stream is a terminal.
func IsTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && f != nil && term.IsTerminal(int(f.Fd()))
}

// PrintError prints err to env.Stderr as "error: MESSAGE", after its help text
// if it has one, and returns the exit code: 0 for nil, [ErrHelp] and
// [ErrDone]. "error:" is red and bold if standard output is a terminal (that,
// not standard error, is what the original programs look at).
func PrintError(env *Env, err error) int {
	if err == nil || errors.Is(err, ErrHelp) || errors.Is(err, ErrDone) {
		return ExitOK
	}
	code := ExitFailure
	var exit *ExitError
	if errors.As(err, &exit) {
		code = exit.Code
		if exit.Err == nil {
			return code
		}
	}
	var help *HelpError
	if errors.As(err, &help) {
		io.WriteString(env.Stderr, help.Help)
	}
	prefix := "error:"
	if IsTerminal(env.Stdout) {
		prefix = "\x1b[31m\x1b[1merror:\x1b[0m\x1b[22m"
	}
	fmt.Fprintf(env.Stderr, "%s %s\n", prefix, Message(err))
	return code
}

// Message returns the text of an error with the system's part of it in the C
// library's wording ("No such file or directory").
func Message(err error) string {
	text := err.Error()
	var no syscall.Errno
	if errors.As(err, &no) {
		if head, ok := strings.CutSuffix(text, no.Error()); ok {
			return head + errno.Text(no)
		}
	}
	return text
}
