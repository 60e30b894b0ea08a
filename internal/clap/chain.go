package clap

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"github.com/nestos-dev/nestos/internal/errno"
)

// WriteError prints an error and its causes as the Rust library anyhow does:
//
//	Error: reading config.ign
//
//	Caused by:
//	    0: opening the image
//	    1: No such file or directory (os error 2)
//
// A single cause has no number. Further lines of a message are indented as its first.
func WriteError(w io.Writer, err error) {
	_, _ = io.WriteString(w, "Error: "+Chain(err)+"\n")
}

// Chain returns the text of an error and its causes without "Error: " and the final newline.
func Chain(err error) string {
	levels := Levels(err)
	var b strings.Builder
	b.WriteString(levels[0])
	causes := levels[1:]
	if len(causes) > 0 {
		b.WriteString("\n\nCaused by:")
	}
	for i, cause := range causes {
		first, more := "    ", "    "
		if len(causes) > 1 {
			first, more = fmt.Sprintf("%5d: ", i), "       "
		}
		b.WriteString("\n" + first + strings.ReplaceAll(cause, "\n", "\n"+more))
	}
	return b.String()
}

// Levels splits an error into the messages of its chain, the outermost first. The message of a level is its
// text without that of the error it wraps. Errors of the operating system have their Rust wording, and the
// operation and path that Go puts before them are left out: what was tried is told by the level above.
func Levels(err error) []string {
	var levels []string
	for err != nil {
		if text, ok := systemText(err); ok {
			return append(levels, text)
		}
		text, inner := err.Error(), errors.Unwrap(err)
		if inner == nil {
			return append(levels, severalLevels(err)...)
		}
		innerText := inner.Error()
		own, isSuffix := strings.CutSuffix(text, innerText)
		own = strings.TrimSuffix(own, ": ")
		switch {
		case isSuffix && own != "":
			levels = append(levels, own)
		case isSuffix: // a wrapper that adds no text
		case strings.Contains(text, innerText):
			return append(levels, text)
		default:
			levels = append(levels, text)
		}
		err = inner
	}
	return levels
}

// severalLevels handles the form "context: %w: %w", in which each error is the cause of the one before. Other
// errors are one level.
func severalLevels(err error) []string {
	text := err.Error()
	several, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []string{text}
	}
	var texts, levels []string
	for _, inner := range several.Unwrap() {
		texts = append(texts, inner.Error())
	}
	own, ok := strings.CutSuffix(text, strings.Join(texts, ": "))
	if !ok || len(texts) == 0 {
		return []string{text}
	}
	if own = strings.TrimSuffix(own, ": "); own != "" {
		levels = append(levels, own)
	}
	for _, inner := range several.Unwrap() {
		levels = append(levels, Levels(inner)...)
	}
	return levels
}

// systemText words an error if it is one of the operating system, or of package fs or io.
func systemText(err error) (string, bool) {
	switch e := err.(type) {
	case *fs.PathError:
		return systemText(e.Err)
	case *os.LinkError:
		return systemText(e.Err)
	case *os.SyscallError:
		return systemText(e.Err)
	case syscall.Errno:
		return osError(e), true
	}
	switch err {
	case fs.ErrExist:
		return osError(syscall.EEXIST), true
	case fs.ErrNotExist:
		return osError(syscall.ENOENT), true
	case io.ErrUnexpectedEOF:
		return "unexpected end of file", true
	}
	return "", false
}

func osError(e syscall.Errno) string { return fmt.Sprintf("%s (os error %d)", errno.Text(e), int(e)) }
