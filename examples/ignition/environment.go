package main

import (
	"fmt"
	"log/slog"
	"strings"

	"github.com/nestos-dev/nestos/ignition/provision"
	"github.com/nestos-dev/nestos/ignition/resource/cloud"
)

// setting is an environment variable that changes something that a distribution
// otherwise decides when it builds the program.
type setting struct {
	name string
	set  func(o *provision.Options, value string) error
}

// settings are those of Ignition, and two that its test suite sets when building.
var settings = []setting{
	{"KERNEL_CMDLINE_PATH", func(o *provision.Options, v string) error { o.PlatformOptions.Cmdline = v; return nil }},
	{"SYSTEM_RUNTIME_CONFIG_DIR", func(o *provision.Options, v string) error { o.ConfigDirs[0] = v; return nil }},
	{"SYSTEM_LOCAL_CONFIG_DIR", func(o *provision.Options, v string) error { o.ConfigDirs[1] = v; return nil }},
	{"SYSTEM_CONFIG_DIR", func(o *provision.Options, v string) error { o.ConfigDirs[2] = v; return nil }},
	{"CONFIG_FILE", func(o *provision.Options, v string) error { o.PlatformOptions.ConfigFile = v; return nil }},
	{"WRITE_AUTHORIZED_KEYS_FRAGMENT", func(o *provision.Options, v string) error {
		return parseBool(v, &o.Settings.AuthorizedKeysFragment)
	}},
	{"SELINUX_RELABEL", func(o *provision.Options, v string) error {
		err := parseBool(v, &o.Settings.SELinuxRelabel)
		o.Settings.RelabelDemanded = o.Settings.SELinuxRelabel
		return err
	}},
	{"BLACKBOX_TESTING", func(o *provision.Options, v string) error {
		var testing bool
		err := parseBool(v, &testing)
		if testing {
			o.Settings.SELinuxRelabel, o.Settings.RelabelDemanded = false, false
		}
		return err
	}},
	{"DISK_BY_LABEL_DIR", func(o *provision.Options, v string) error {
		o.Settings.DiskByLabelDir, o.PlatformOptions.ByLabel = v, v
		return nil
	}},
	{"BOOT_ID_PATH", func(o *provision.Options, v string) error { o.Settings.BootIDFile = v; return nil }},
	{"KARGS_HELPER", func(o *provision.Options, v string) error { o.Settings.KargsHelper = v; return nil }},
	{"LUKS_KEY_DIR", func(o *provision.Options, v string) error { o.Settings.LuksKeyDir = v; return nil }},
	{"RESULT_FILE", func(o *provision.Options, v string) error { o.Settings.ResultFile = v; return nil }},
}

func parseBool(value string, b *bool) error {
	switch value {
	case "true", "1":
		*b = true
	case "false", "0":
		*b = false
	default:
		return fmt.Errorf("value must be one of true, 1, false, 0, but is %q", value)
	}
	return nil
}

// configure sets what the environment says, and the credentials of clouds.
func (w *world) configure(o *provision.Options) error {
	s := provision.DefaultSettings()
	o.Settings = &s
	o.ConfigDirs = []string{"/run/ignition", "/etc/ignition", "/usr/lib/ignition"}
	o.Version = version
	for _, setting := range settings {
		name := "IGNITION_" + setting.name
		if value := w.getenv(name); value != "" {
			if err := setting.set(o, value); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	o.Resource.Version = version
	o.Resource = *cloud.Options(o.Platform, &o.Resource)
	return nil
}

// newLog returns the log that was asked for, and a function to end it.
func (w *world) newLog(toStdout bool) (*slog.Logger, func()) {
	stdout := provision.NewLogHandler(w.stdout)
	if toStdout {
		return slog.New(stdout), func() {}
	}
	handler, closeLog, err := newSyslog("ignition")
	if err != nil {
		log := slog.New(stdout)
		log.Error("unable to open syslog: " + strings.ReplaceAll(err.Error(), "\n", " "))
		return log, func() {}
	}
	return slog.New(handler), closeLog
}
