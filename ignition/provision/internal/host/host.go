// Package host is the machine that a stage works on, as all stages see it.
package host

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/internal/oplog"
	"github.com/nestos-dev/nestos/ignition/provision/internal/state"
	"github.com/nestos-dev/nestos/internal/run"
)

// Fetcher gets the bytes that a config refers to. *resource.Fetcher is one.
type Fetcher interface {
	// Fetch writes the decompressed bytes of a resource to w and verifies them; on an
	// error w holds garbage. A resource without source has no bytes.
	Fetch(ctx context.Context, res types.Resource, w io.Writer) error
}

// Devices waits for block devices and for the device manager.
type Devices interface {
	// Wait returns when all devices are there.
	Wait(ctx context.Context, devices []string) error
}

// Host is one machine, or an image of one.
type Host struct {
	// Root is where the real root is, usually /sysroot. It is hostile: use confine.
	Root string
	// Log already has the stage's name as prefix.
	Log *oplog.Logger
	// Run runs programs.
	Run run.Runner
	// Fetcher gets contents.
	Fetcher Fetcher
	// Devices waits for devices.
	Devices Devices
	// State is carried between stages; stages change it in place.
	State *state.State
	// Settings are the distribution's.
	Settings Settings
	// DryRun: plans are made but not applied. Looking must not change anything then:
	// no waiting for devices, no aliases, no modprobe, no triggering.
	DryRun bool
	// Predicted are devices, file systems and paths that steps planned earlier in a dry
	// run will make: a plan must not call them missing. Keys are device paths
	// ("/dev/disk/by-partlabel/x", "/dev/md/y", "/dev/mapper/z"); true: exists and is empty.
	Predicted map[string]bool
	// SystemdSocket is the private bus of systemd.
	SystemdSocket string
	// Container: what needs a running systemd, mounts or accounts is not done
	// (ignition-apply).
	Container bool
}

// CheckLuksName refuses names that cannot be a word of crypttab and a file name for
// the key; Ignition's validation lets them pass.
func CheckLuksName(name string) error {
	if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/ \t\n\r\x00#") {
		return fmt.Errorf("invalid luks name %q: must be a word and a plain file name", name)
	}
	return nil
}

// Settings are what a distribution decides. See DefaultSettings.
type Settings struct {
	AuthorizedKeysFragment bool   // keys go to authorized_keys.d/ignition
	SELinuxRelabel         bool   // relabel what was written
	RelabelDemanded        bool   // a missing SELinux config is an error
	LuksKeyDir             string // in the root: /etc/luks/
	CexKeyRepository       string // in the root: /etc/zkey/repository/
	ResultFile             string // in the root; empty: none
	BootIDFile             string // /proc/sys/kernel/random/boot_id
	AliasDir               string // /run/ignition/dev_aliases
	KargsHelper            string // ignition-kargs-helper
	ProcDir, SysDir        string // /proc and /sys; tests have others
	DiskByLabelDir         string // /dev/disk/by-label
	JournalSocket          string // /run/systemd/journal/socket
}

// DefaultSettings are the reference's.
func DefaultSettings() Settings {
	return Settings{
		AuthorizedKeysFragment: true,
		SELinuxRelabel:         true,
		LuksKeyDir:             "/etc/luks/",
		CexKeyRepository:       "/etc/zkey/repository/",
		ResultFile:             "/etc/.ignition-result.json",
		BootIDFile:             "/proc/sys/kernel/random/boot_id",
		AliasDir:               "/run/ignition/dev_aliases",
		KargsHelper:            "ignition-kargs-helper",
		ProcDir:                "/proc",
		SysDir:                 "/sys",
		DiskByLabelDir:         "/dev/disk/by-label",
		JournalSocket:          "/run/systemd/journal/socket",
	}
}
