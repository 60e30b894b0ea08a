//go:build linux

package sysroot

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/nestos-dev/nestos/ostree/bls"
	"github.com/nestos-dev/nestos/ostree/kargs"
	"github.com/nestos-dev/nestos/ostree/object"
)

// Unlocked tells whether /usr of a deployment can be written, and for how long.
type Unlocked uint8

// The states of a deployment's /usr.
const (
	UnlockedNone        Unlocked = iota // read-only, as it should be
	UnlockedDevelopment                 // writable until the next reboot
	UnlockedHotfix                      // writable, and what was written survives reboots
	UnlockedTransient                   // an overlay is there, but read-only until somebody remounts it
)

// String returns the word that status shows.
func (u Unlocked) String() string {
	switch u {
	case UnlockedDevelopment:
		return "development"
	case UnlockedHotfix:
		return "hotfix"
	case UnlockedTransient:
		return "transient"
	}
	return "none"
}

// Deployment is a commit that was checked out to be booted. Deployments that a [Sysroot] returned are
// for reading only.
type Deployment struct {
	// Index is the position in the list; 0 boots by default.
	Index int
	// Stateroot is the name of the directory below ostree/deploy that the deployment belongs to.
	Stateroot string
	Commit    object.Checksum
	// Serial counts deployments of the same commit in a stateroot.
	Serial int
	// BootChecksum identifies kernel, initramfs and device tree: 64 hex digits.
	BootChecksum string
	// BootSerial is the position among the deployments with the same BootChecksum.
	BootSerial int
	// Entry is the boot entry; of a new deployment that was given no kernel arguments it has no options.
	Entry *bls.Entry
	// Tries are the counters of boot assessment in the entry's file name.
	Tries bls.Tries
	// Origin says where the deployment came from; nil if there is no origin file.
	Origin *Origin
	// Unlocked is the state of /usr.
	Unlocked Unlocked
	// Staged says that the deployment gets its /etc and its boot entry at shutdown.
	Staged bool
	// FinalizationLocked says that shutdown leaves the staged deployment alone.
	FinalizationLocked bool
	// SoftRebootTarget says that the deployment is mounted for a soft reboot.
	SoftRebootTarget bool
	// OverlayInitrds are the checksums of initrds that are loaded after the initramfs.
	OverlayInitrds []string

	id     devIno
	onDisk bool      // Entry was read from a file
	edited bool      // a copy with another entry, which is written even if it comes out the same
	stage  *staged   // of a staged deployment
	kernel *kernelOf // of a new deployment: found already
}

// Name returns the name of the deployment's directory, CHECKSUM.SERIAL.
func (d *Deployment) Name() string { return d.Commit.String() + "." + strconv.Itoa(d.Serial) }

// Dir returns the deployment's directory, relative to the sysroot.
func (d *Deployment) Dir() string { return path.Join(deployDir(d.Stateroot), d.Name()) }

// Pinned tells whether the deployment is kept until somebody removes it on purpose.
func (d *Deployment) Pinned() bool {
	if d.Origin == nil {
		return false
	}
	v, _ := d.Origin.Value(transientGroup, "pinned")
	return v == "true" || v == "1"
}

// Kargs returns the kernel arguments of the boot entry, "ostree=" included.
func (d *Deployment) Kargs() *kargs.Args {
	if d.Entry == nil {
		return kargs.Of()
	}
	return kargs.Parse(d.Entry.Value(bls.KeyOptions))
}

func (d *Deployment) originFile() string  { return d.Dir() + ".origin" }
func (d *Deployment) backingDir() string  { return path.Join(backingDir(d.Stateroot), d.Name()) }
func (d *Deployment) bootDirName() string { return d.Stateroot + "-" + d.BootChecksum }

// bootLink is the target that "ostree=" names, without the leading slash.
func (d *Deployment) bootLink(bootVersion int) string {
	return fmt.Sprintf("ostree/boot.%d/%s/%s/%d", bootVersion, d.Stateroot, d.BootChecksum, d.BootSerial)
}

// same compares by identity: stateroot, commit and serial.
func (d *Deployment) same(o *Deployment) bool {
	return d != nil && o != nil && d.Stateroot == o.Stateroot && d.Commit == o.Commit && d.Serial == o.Serial
}

func stateDir(stateroot string) string   { return path.Join("ostree/deploy", stateroot) }
func deployDir(stateroot string) string  { return path.Join(stateDir(stateroot), "deploy") }
func backingDir(stateroot string) string { return path.Join(stateDir(stateroot), "backing") }
func varDir(stateroot string) string     { return path.Join(stateDir(stateroot), "var") }

var deployName = regexp.MustCompile(`^([0-9a-f]+)\.([0-9]+)$`)

// parseDeployName takes the name of a deployment's directory apart.
func parseDeployName(name string) (c object.Checksum, serial int, err error) {
	bad := fmt.Errorf("Invalid deploy name '%s', expected CHECKSUM.TREESERIAL", name)
	m := deployName.FindStringSubmatch(name)
	if m == nil {
		return c, 0, bad
	}
	if c, err = object.ParseChecksum(m[1]); err != nil {
		return c, 0, bad
	}
	if serial, err = strconv.Atoi(m[2]); err != nil {
		return c, 0, bad
	}
	return c, serial, nil
}

var bootTarget = regexp.MustCompile(`^/ostree/boot\.([01])/([^/]+)/([^/]+)/([0-9]+)$`)

// parseBootTarget takes the value of "ostree=" apart.
func parseBootTarget(target string) (stateroot, bootChecksum string, bootSerial int, err error) {
	bad := fmt.Errorf("Invalid ostree= argument '%s', expected ostree=/ostree/boot.BOOTVERSION/OSNAME/BOOTCSUM/TREESERIAL", target)
	m := bootTarget.FindStringSubmatch(target)
	if m == nil || m[2] == "." || m[2] == ".." || m[3] == "." || m[3] == ".." {
		return "", "", 0, bad
	}
	if bootSerial, err = strconv.Atoi(m[4]); err != nil {
		return "", "", 0, bad
	}
	return m[2], m[3], bootSerial, nil
}

// validStateroot sees that a name is one directory.
func validStateroot(name string) error {
	if name == "" || name == "." || name == ".." || path.Base(name) != name || len(name) > 255 {
		return fmt.Errorf("Invalid stateroot name '%s'", name)
	}
	// It stands in kernel arguments, where a blank ends it.
	if strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r == '"' || unicode.IsControl(r) || unicode.IsSpace(r) }) {
		return fmt.Errorf("Invalid stateroot name %q: blanks, quotes and control characters are not supported", name)
	}
	return nil
}

// ErrNotBooted is returned where the running system must have been booted from the sysroot.
var ErrNotBooted = errors.New("Not currently booted into an OSTree system")

// Deployments returns the list of deployments, in order of the index. A staged one comes first.
func (s *Sysroot) Deployments() []*Deployment {
	if s.state == nil {
		return nil
	}
	return s.state.list
}

// Booted returns the deployment that the running system booted, or nil.
func (s *Sysroot) Booted() *Deployment {
	if s.state == nil {
		return nil
	}
	return s.state.booted
}

// Staged returns the staged deployment, or nil.
func (s *Sysroot) Staged() *Deployment {
	if s.state == nil {
		return nil
	}
	return s.state.staged
}

// BootVersion returns which of boot/loader.0 and boot/loader.1 is live.
func (s *Sysroot) BootVersion() int {
	if s.state == nil {
		return 0
	}
	return s.state.bootVersion
}

// MergeDeployment returns the deployment whose /etc and kernel arguments a new one of the stateroot
// inherits: the booted one if it is of that stateroot, else the first of the list that is; or nil.
func (s *Sysroot) MergeDeployment(stateroot string) *Deployment {
	if b := s.Booted(); b != nil && b.Stateroot == stateroot {
		return b
	}
	for _, d := range s.Deployments() {
		if d.Stateroot == stateroot {
			return d
		}
	}
	return nil
}

// Pending returns the first deployment of a stateroot before the booted one, which the next boot brings,
// and the first after it, which a rollback brings. An empty name means the booted stateroot. If nothing
// of the stateroot is booted the first one is pending.
func (s *Sysroot) Pending(stateroot string) (pending, rollback *Deployment) {
	booted := s.Booted()
	if stateroot == "" {
		if booted == nil {
			return nil, nil
		}
		stateroot = booted.Stateroot
	}
	seen := false
	for _, d := range s.Deployments() {
		switch {
		case d == booted:
			seen = true
		case d.Stateroot != stateroot:
		case !seen && pending == nil:
			pending = d
		case seen && rollback == nil:
			rollback = d
		}
	}
	if booted == nil || booted.Stateroot != stateroot {
		rollback = nil
		pending = s.MergeDeployment(stateroot)
	}
	return pending, rollback
}

// DeploymentPath returns the absolute path of a deployment's directory.
func (s *Sysroot) DeploymentPath(d *Deployment) string { return path.Join(s.path, d.Dir()) }

// DeploymentDir returns the path of a deployment's directory relative to the sysroot.
func (s *Sysroot) DeploymentDir(d *Deployment) string { return d.Dir() }
