package installer

import (
	"log/slog"

	"github.com/nestos-dev/nestos/installer/config"
	"github.com/nestos-dev/nestos/installer/flavour"
	"github.com/nestos-dev/nestos/installer/signature"
	"github.com/nestos-dev/nestos/internal/progress"
)

// Progress receives events while an image is read: an interface with the method
// Report([Event]), which is called often and should return soon.
type Progress = progress.Reporter

// Event is one report of progress. Its fields are
//
//	Task   "read"
//	ID     the type of the artifact: "disk", "kernel" …
//	Text   a line for people; may be empty
//	State  "started", "running", "done" or "failed"
//	Bytes  what was read of the stored image: Done, and Total if the length is known, else 0
//	Items  not used here
//
// Bytes has a method Fraction. In JSON the names are in lower case.
type Event = progress.Event

// Common are the settings that installing and downloading share. The zero value is right
// but for the keys: without a Keyring those that are compiled in are trusted.
type Common struct {
	// Flavour gives names and defaults; nil is that of NestOS.
	Flavour *flavour.Flavour
	// Keyring has the keys whose signatures are trusted; nil means [signature.Builtin].
	Keyring *signature.Keyring
	// CAFiles are files with PEM certificates that are trusted in addition to the system's,
	// for all that is fetched.
	CAFiles []string
	// Getenv looks up the variables of proxies; nil means that the environment has no say.
	Getenv func(name string) string
	// Message receives what the program that this package replaces says on standard error, a
	// line or paragraph at a time without the final newline; nil drops it.
	Message func(text string)
	// Progress receives the state of the transfer; nil drops it.
	Progress Progress
	// Logger receives details for operators of a library; nil drops them.
	Logger *slog.Logger
}

func (c *Common) note(text string) {
	if c.Message != nil {
		c.Message(text)
	}
}

func (c *Common) flavour() *flavour.Flavour {
	if c.Flavour == nil {
		return flavour.NestOS()
	}
	return c.Flavour
}

func (c *Common) log() *slog.Logger {
	if c.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return c.Logger
}

// Options say what to install where.
type Options struct {
	Common
	// Config has the options that a config file can have: the source of the image, the
	// destination, the changes to the boot file system. Its zero value has no destination.
	Config config.Config
	// FirstbootArgs are kernel arguments for the first boot only.
	FirstbootArgs string
	// DryRun makes all checks that leave the destination as it is, opens the image and
	// decodes its first part, and stops there: what only the whole image shows, its signature
	// above all, is not checked.
	DryRun bool

	// Failed is told why the installation failed before the device is put in order again;
	// nil is fine.
	Failed func(err error)

	// Root is prefixed to the paths of the live system that are looked at without having
	// been named: the folder of osmet files, the repository. Empty is "/".
	Root string
}

// Result tells what was installed.
type Result struct {
	// Device is the destination, Image where the image came from, in words; a URL has no
	// password and no secrets in its query.
	Device, Image string
	// StoredBytes and ImageBytes are the sizes of the image as it was stored and decoded; the
	// latter is 0 in a dry run.
	StoredBytes, ImageBytes int64
	// SectorSize is that of the destination, in bytes.
	SectorSize int
	// Verified is set if a signature, or the digest in an osmet file, was good.
	Verified bool
}
