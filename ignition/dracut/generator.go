package dracut

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// GeneratorName is the name under which systemd calls the program that calls
// [Generate].
const GeneratorName = "ignition-generator"

// GenerateOptions are what [Generate] works with.
type GenerateOptions struct {
	// UnitDir is the directory for units that systemd gives its generators as the
	// first of three; the others are not used. It must not be empty.
	UnitDir string
	// CmdlineFile has the kernel command line; empty means /proc/cmdline.
	CmdlineFile string
	// EnvFile is written for the services; empty means /run/ignition.env.
	EnvFile string
	// IsLive tells whether this is a live system, which has no root file system
	// on a disk. Nil asks the program is-live-image, looked up in PATH: that it
	// exists and succeeds means yes.
	IsLive func() bool
}

// Generate decides what a boot does, from the kernel command line: the first one
// runs Ignition. It makes initrd.target require the target for that or the one
// for later boots, and that in turn the part for systems with a disk. It writes
// the environment of the services in any case.
//
// On a first boot it makes initrd-parse-etc.service, on the only way out of the
// initramfs, require that target as well. A stage that fails isolates
// emergency.target, but if that cannot be started, because the initramfs has no
// emergency shell, systemd would go on and boot what is not provisioned.
//
// Doing it twice gives the same files. A generator that fails does not stop the
// boot, so nothing is linked before the environment is complete, without which
// the services fail.
func Generate(opts *GenerateOptions) error {
	var o GenerateOptions
	if opts != nil {
		o = *opts
	}
	if o.UnitDir == "" {
		return errors.New("no unit directory")
	}
	if o.CmdlineFile == "" {
		o.CmdlineFile = "/proc/cmdline"
	}
	if o.EnvFile == "" {
		o.EnvFile = "/run/ignition.env"
	}
	if o.IsLive == nil {
		o.IsLive = isLiveImage
	}
	cmdline, err := os.ReadFile(o.CmdlineFile)
	if err != nil {
		return fmt.Errorf("reading the kernel command line: %w", err)
	}
	args := parseCmdline(cmdline)
	if err := os.WriteFile(o.EnvFile, []byte("PLATFORM_ID="+args.platform+"\n"), 0o644); err != nil {
		return fmt.Errorf("writing the environment: %w", err)
	}
	target, diskful := "ignition-subsequent.target", "ignition-diskful-subsequent.target"
	if args.firstBoot {
		target, diskful = "ignition-complete.target", "ignition-diskful.target"
	}
	if err := require(o.UnitDir, "initrd.target", target); err != nil {
		return err
	}
	if args.firstBoot {
		if err := require(o.UnitDir, "initrd-parse-etc.service", target); err != nil {
			return err
		}
	}
	if o.IsLive() {
		return nil
	}
	return require(o.UnitDir, target, diskful)
}

// arguments are what the kernel command line says about Ignition.
type arguments struct {
	firstBoot bool
	platform  string
}

// parseCmdline lets the last of several occurrences win. The value of a word
// without "=" is the word itself: so the bare word ignition.firstboot is true,
// and "ignition.firstboot=" is false.
func parseCmdline(cmdline []byte) arguments {
	var firstBoot, platform string
	for word := range bytes.FieldsSeq(cmdline) {
		key, value, ok := strings.Cut(string(word), "=")
		if !ok {
			value = key
		}
		switch key {
		case "ignition.firstboot":
			firstBoot = value
		case "ignition.platform.id":
			platform = value
		}
	}
	switch firstBoot {
	case "", "0", "no", "off":
		return arguments{false, platform}
	}
	return arguments{true, platform}
}

// require makes a unit require another in the way of systemctl add-requires.
func require(unitDir, unit, required string) error {
	dir := filepath.Join(unitDir, unit+".requires")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	link := filepath.Join(dir, required)
	if err := os.Remove(link); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Symlink("../"+required, link)
}

func isLiveImage() bool { return exec.Command("is-live-image").Run() == nil }
