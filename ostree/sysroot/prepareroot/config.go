package prepareroot

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"

	"github.com/nestos-dev/nestos/internal/keyfile"
)

// ConfigPath is where the configuration lies below usr/lib and etc.
const ConfigPath = "ostree/prepare-root.conf"

// DefaultKeyPath is the file with the public keys of signed images unless the
// configuration names another.
const DefaultKeyPath = "/etc/ostree/initramfs-root-binding.key"

// maxConfig bounds the size of configuration and key files.
const maxConfig = 1 << 20

// Tristate is the value of a switch that may leave the decision open.
type Tristate int

// The values of a Tristate.
const (
	No    Tristate = iota // never
	Yes                   // always: it is an error if it cannot be done
	Maybe                 // if the deployment has what it needs
)

// String returns "no", "yes" or "maybe".
func (t Tristate) String() string {
	switch t {
	case Yes:
		return "yes"
	case Maybe:
		return "maybe"
	}
	return "no"
}

// ParseTristate reads a Tristate as configuration files and kernel arguments write
// it: yes, true or 1; no, false or 0; maybe.
func ParseTristate(s string) (Tristate, error) {
	switch s {
	case "yes", "true", "1":
		return Yes, nil
	case "no", "false", "0":
		return No, nil
	case "maybe":
		return Maybe, nil
	}
	return No, fmt.Errorf("Invalid tri-state value: %s", s)
}

// SyntaxError is the error of a configuration that is not a key file. Its text is
// GLib's.
type SyntaxError struct {
	Line int // counted from 1

	err error
}

// Error returns GLib's text.
func (e *SyntaxError) Error() string { return e.err.Error() }

// Unwrap returns the error of the key file parser.
func (e *SyntaxError) Unwrap() error { return e.err }

// Config is prepare-root.conf. The fields are what says how the root is mounted;
// what is read only when it is needed, and may be wrong until then, is behind
// methods. The zero value is the configuration of a system without the file.
type Config struct {
	// Composefs says whether the root is a composefs image.
	Composefs Tristate
	// RequireVerity wants fs-verity of the image and of all files it refers to.
	RequireVerity bool
	// Signed wants a commit signed by one of the keys in KeyPath that names the
	// digest of the image.
	Signed bool
	// KeyPath is the file with public keys, one in base64 on each line; empty
	// means DefaultKeyPath.
	KeyPath string
	// RootTransient gives the root a writable layer that the next boot forgets.
	// It is set for RootTransientRO too.
	RootTransient bool
	// RootTransientRO makes the root with that layer read-only until somebody
	// remounts it.
	RootTransientRO bool

	file *keyfile.File
}

// ParseConfig reads the text of a configuration. Errors are [*SyntaxError], or
// about values, beginning with "Parsing rootfs config: ".
func ParseConfig(data []byte) (*Config, error) {
	file, err := parseFile(data)
	if err != nil {
		return nil, err
	}
	return interpret(file)
}

// LoadConfig reads the configuration of a tree: usr/lib/ostree/prepare-root.conf,
// which etc/ostree/prepare-root.conf replaces as a whole. Without both it is the
// zero Config. The first file must be readable and a key file even if the second
// replaces it, but its values do not matter then.
func LoadConfig(root fs.FS) (*Config, error) {
	var file *keyfile.File
	for _, dir := range []string{"usr/lib", "etc"} {
		data, err := readSmall(root, path.Join(dir, ConfigPath))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if file, err = parseFile(data); err != nil {
			return nil, err
		}
	}
	if file == nil {
		return &Config{}, nil
	}
	return interpret(file)
}

func parseFile(data []byte) (*keyfile.File, error) {
	file, err := keyfile.Parse(data)
	if err != nil {
		e := &SyntaxError{err: err}
		if p, ok := errors.AsType[*keyfile.ParseError](err); ok {
			e.Line = p.Line
		}
		return nil, e
	}
	return file, nil
}

func interpret(file *keyfile.File) (*Config, error) {
	c := &Config{file: file}
	if err := c.parse(); err != nil {
		return nil, fmt.Errorf("Parsing rootfs config: %w", err)
	}
	return c, nil
}

func readSmall(root fs.FS, name string) ([]byte, error) {
	// Asked before the opening, which a FIFO would delay for ever.
	if info, err := fs.Stat(root, name); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a regular file", name)
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxConfig+1))
	if err == nil && len(data) > maxConfig {
		err = fmt.Errorf("%s: larger than %d bytes", name, maxConfig)
	}
	return data, err
}

func (c *Config) parse() (err error) {
	if c.RootTransient, err = c.boolean("root", "transient"); err != nil {
		return err
	}
	if c.RootTransientRO, err = c.boolean("root", "transient-ro"); err != nil {
		return err
	}
	if c.RootTransient && c.RootTransientRO {
		return errors.New("Cannot set both root.transient and root.transient-ro")
	}
	c.RootTransient = c.RootTransient || c.RootTransientRO
	if value, err := c.file.Value("composefs", "enabled"); err == nil {
		switch value {
		case "signed":
			c.Composefs, c.RequireVerity, c.Signed = Yes, true, true
		case "verity":
			c.Composefs, c.RequireVerity = Yes, true
		default:
			if c.Composefs, err = ParseTristate(value); err != nil {
				return err
			}
		}
	}
	if value, err := c.file.Value("composefs", "keypath"); err == nil {
		c.KeyPath = value
	}
	return nil
}

// boolean returns a switch that is off unless it is set.
func (c *Config) boolean(group, key string) (bool, error) {
	if c.file == nil {
		return false, nil
	}
	value, err := c.file.Bool(group, key)
	if errors.Is(err, keyfile.ErrGroupNotFound) || errors.Is(err, keyfile.ErrKeyNotFound) {
		return false, nil
	}
	return value, err
}

// Readonly returns whether the physical root is to be mounted read-only at
// /sysroot, which a root that must be composefs implies unless sysroot.readonly is
// set. It is an error if that is not a truth value.
func (c *Config) Readonly() (bool, error) {
	if c.file == nil || !c.file.HasKey("sysroot", "readonly") {
		return c.Composefs == Yes, nil
	}
	value, err := c.boolean("sysroot", "readonly")
	if err != nil {
		return false, fmt.Errorf("Failed to parse sysroot.readonly value: %w", err)
	}
	return value, nil
}

// TransientEtc returns whether changes of /etc are forgotten by the next boot. It
// is an error if etc.transient is not a truth value.
func (c *Config) TransientEtc() (bool, error) {
	value, err := c.boolean("etc", "transient")
	if err != nil {
		return false, fmt.Errorf("Failed to parse etc.transient value: %w", err)
	}
	return value, nil
}

// NeedsVerity returns whether the image and the files that it refers to must have
// fs-verity for the root to be mounted.
func (c *Config) NeedsVerity() bool { return c.RequireVerity || c.Signed }

// ApplyCmdline changes the configuration as the kernel argument
// ostree.prepare-root.composefs wants: "signed", or a [Tristate], which also
// switches the check of signatures off.
func (c *Config) ApplyCmdline(cmdline string) error {
	const key = "ostree.prepare-root.composefs"
	value, ok := argument(cmdline, key)
	if !ok {
		return nil
	}
	if value == "signed" {
		c.Composefs, c.RequireVerity, c.Signed = Yes, true, true
		return nil
	}
	state, err := ParseTristate(value)
	if err != nil {
		return fmt.Errorf("Parsing rootfs config: handling karg %s: %w", key, err)
	}
	c.Composefs, c.Signed = state, false
	return nil
}

// keyPath is KeyPath or its default.
func (c *Config) keyPath() string {
	if c.KeyPath == "" {
		return DefaultKeyPath
	}
	return c.KeyPath
}
