package provision

import (
	"log/slog"
	"time"

	"github.com/nestos-dev/nestos/ignition/platform"
	"github.com/nestos-dev/nestos/ignition/provision/internal/host"
	"github.com/nestos-dev/nestos/ignition/resource"
)

// Options configure an [Engine]. The zero value, with a Platform, is what runs
// in an initramfs; defaults are those of Ignition 2.26.
type Options struct {
	// Platform is the id of the platform: [platform.Names].
	Platform string
	// Config, if it is not nil, is the user's config, and no other source is asked: not the
	// kernel command line, nor the system's directories, nor the platform, which needs to be
	// named all the same ("metal" has no source of its own). Only the fetch stages look at
	// it. An empty one is that of a machine without config.
	Config []byte
	// Root is where the real root is mounted; empty is "/". It is regarded as
	// hostile: no path of a config leads out of it.
	Root string
	// ConfigCache is the rendered user config; empty is "/run/ignition.json". Its
	// directory, and those of the two files below, are made if they are missing.
	ConfigCache string
	// StateFile carries the state between stages; empty is "/run/ignition/state".
	StateFile string
	// NeedNet is the flag file that says that the network is needed; empty is
	// "/run/ignition/neednet".
	NeedNet string
	// FetchTimeout bounds the fetching of the platform's config, in whole seconds.
	// 0 is two minutes, negative no limit.
	FetchTimeout time.Duration
	// ConfigDirs are the directories of the system's configs, the most important
	// first; empty is /run/ignition, /etc/ignition, /usr/lib/ignition.
	ConfigDirs []string
	// Version is the program's own, for the log and the User-Agent header.
	Version string
	// Logger receives Ignition's log; nil discards it. See [NewLogHandler].
	Logger *slog.Logger
	// Settings are the distribution's; nil is [DefaultSettings].
	Settings *Settings
	// Resource configures fetching: credentials, addresses. Logger, Version and
	// Offline are set by the engine.
	Resource resource.Options
	// PlatformOptions configure the sources of configs. Fetcher and Logger are set
	// by the engine.
	PlatformOptions platform.Options
	// Runner runs external programs; nil runs them for real.
	Runner Runner
	// SystemdSocket is the private bus of systemd; empty is /run/systemd/private.
	SystemdSocket string
}

const (
	defaultConfigCache = "/run/ignition.json"
	defaultStateFile   = "/run/ignition/state"
	defaultNeedNet     = "/run/ignition/neednet"
	defaultTimeout     = 2 * time.Minute
	defaultSystemdBus  = "/run/systemd/private"
)

func (o *Options) withDefaults() Options {
	var out Options
	if o != nil {
		out = *o
	}
	def := func(s *string, value string) {
		if *s == "" {
			*s = value
		}
	}
	def(&out.Root, "/")
	def(&out.ConfigCache, defaultConfigCache)
	def(&out.StateFile, defaultStateFile)
	def(&out.NeedNet, defaultNeedNet)
	def(&out.SystemdSocket, defaultSystemdBus)
	switch {
	case out.FetchTimeout == 0:
		out.FetchTimeout = defaultTimeout
	case out.FetchTimeout < 0:
		out.FetchTimeout = 0
	}
	if len(out.ConfigDirs) == 0 {
		out.ConfigDirs = []string{"/run/ignition", "/etc/ignition", "/usr/lib/ignition"}
	}
	if out.Settings == nil {
		s := DefaultSettings()
		out.Settings = &s
	}
	return out
}

// Settings are what a distribution decides about provisioning.
type Settings struct {
	// AuthorizedKeysFragment writes keys to .ssh/authorized_keys.d/ignition instead of
	// .ssh/authorized_keys.
	AuthorizedKeysFragment bool
	// SELinuxRelabel labels what was written, if the root has an SELinux policy.
	SELinuxRelabel bool
	// RelabelDemanded makes a root without SELinux policy an error.
	RelabelDemanded bool
	// LuksKeyDir is the directory in the root for keys of encrypted devices.
	LuksKeyDir string
	// CexKeyRepository is the directory in the root for keys of IBM Crypto Express.
	CexKeyRepository string
	// ResultFile is the path in the root of the report of a provisioning; empty: none.
	ResultFile string
	// BootIDFile has the kernel's id of this boot.
	BootIDFile string
	// AliasDir is where links to devices are kept stable during the disks stage.
	AliasDir string
	// KargsHelper is the program that changes kernel arguments.
	KargsHelper string
	// ProcDir and SysDir are where proc and sysfs are mounted.
	ProcDir, SysDir string
	// DiskByLabelDir has links to devices by the label of their file system.
	DiskByLabelDir string
	// JournalSocket takes journal entries.
	JournalSocket string
}

// DefaultSettings returns Ignition's own defaults.
func DefaultSettings() Settings { return Settings(host.DefaultSettings()) }
