package butane

import (
	"net/url"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/ignition/config/report"
	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
)

// machineConfig is a MachineConfig, which OpenShift configures its nodes with.
type machineConfig struct {
	APIVersion string                `json:"apiVersion"`
	Kind       string                `json:"kind"`
	Metadata   machineConfigMetadata `json:"metadata"`
	Spec       machineConfigSpec     `json:"spec"`
}

type machineConfigMetadata struct {
	Name   string            `json:"name"`
	Labels map[string]string `json:"labels,omitempty"`
}

type machineConfigSpec struct {
	Config          types.Config `json:"config"`
	KernelArguments []string     `json:"kernelArguments,omitempty"`
	Extensions      []string     `json:"extensions,omitempty"`
	FIPS            *bool        `json:"fips,omitempty"`
	KernelType      *string      `json:"kernelType,omitempty"`
}

const (
	roleLabel   = "machineconfiguration.openshift.io/role"
	cexArgument = "rd.luks.key=/etc/luks/cex.key"
)

// machineConfig checks the source of what a MachineConfig has besides Ignition.
func (v *sourceCheck) machineConfig() {
	if v.c.Metadata.Name == "" {
		v.fail(report.Path{"metadata", "name"}, "metadata.name is required")
	}
	if v.c.Metadata.Labels[roleLabel] == "" {
		v.fail(report.Path{"metadata", "labels"}, roleLabel+" label is required")
	}
	if k := v.c.OpenShift.KernelType; k != nil && *k != "" && *k != "default" && *k != "realtime" {
		v.fail(report.Path{"openshift", "kernel_type"}, `must be empty, "default", or "realtime"`)
	}
}

// cexArgument checks that the initramfs is told of the key in the card, once for
// boot_device and once for a LUKS device that is the root.
func (v *sourceCheck) cexArgument() {
	if slices.Contains(v.c.OpenShift.KernelArguments, cexArgument) {
		return
	}
	complain := func() {
		v.fail(report.Path{"openshift", "kernel_arguments"}, "'"+cexArgument+"' must be set as kernel argument when CEX is enabled for the boot device")
	}
	if isTrue(v.c.BootDevice.Luks.Cex.Enabled) {
		complain()
	}
	for _, l := range v.c.Storage.Luks {
		if l.Name == "root" && isTrue(l.Cex.Enabled) {
			complain()
			break
		}
	}
}

// spec is what wraps the Ignition config.
func (t *translation) spec() machineConfigSpec {
	src := &t.src.OpenShift
	return machineConfigSpec{
		Config:          t.cfg,
		KernelArguments: src.KernelArguments,
		Extensions:      src.Extensions,
		FIPS:            src.FIPS,
		KernelType:      src.KernelType,
	}
}

func (t *translation) wrapped() machineConfig {
	return machineConfig{
		APIVersion: "machineconfiguration.openshift.io/v1",
		Kind:       "MachineConfig",
		Metadata:   machineConfigMetadata{Name: t.src.Metadata.Name, Labels: t.src.Metadata.Labels},
		Spec:       t.spec(),
	}
}

// specPath is the path of the Ignition config in a MachineConfig.
var specPath = report.Path{"spec", "config"}

// machineConfigSource is the source of a path in the MachineConfig.
func (t *translation) machineConfigSource(path report.Path) (report.Path, bool) {
	if len(path) > len(specPath) && path[0] == specPath[0] && path[1] == specPath[1] {
		return t.origins.source(path[len(specPath):])
	}
	if len(path) > 1 && path[0] == specPath[0] && path[1] != specPath[1] {
		return append(report.Path{"openshift"}, snakePath(path[1:])...), true
	}
	return nil, false
}

// elided warns of fields that only a MachineConfig has, when it is not written.
func (t *translation) elided() (found findings) {
	src := &t.src.OpenShift
	for _, f := range []struct {
		name  string
		given bool
	}{
		{"kernel_arguments", src.KernelArguments != nil},
		{"extensions", src.Extensions != nil},
		{"fips", src.FIPS != nil},
		{"kernel_type", src.KernelType != nil},
	} {
		if f.given {
			found.warn(report.Path{"openshift", f.name}, "field ignored in raw mode")
		}
	}
	return found
}

// grubContents makes the file of GRUB one with contents: the operator that applies
// MachineConfigs cannot append.
func (t *translation) grubContents() {
	list := t.cfg.Storage.Files
	for i := range list {
		f := &list[i]
		if f.Path != grubConfig {
			continue
		}
		if len(f.Append) == 1 {
			f.Contents, f.Append = f.Append[0], nil
			at := report.Path{"storage", "files", i}
			t.origins = moved(at.Append("append", 0), at.Append("contents"), t.origins)
		}
		return
	}
}

// FIPS 140-2 does not allow the default mode of LUKS.
const (
	cipherOption = "--cipher"
	fipsCipher   = "aes-cbc-essiv:sha256"
)

// fipsCiphers chooses a cipher for LUKS devices without one.
func (t *translation) fipsCiphers() {
	if !isTrue(t.src.OpenShift.FIPS) || t.openshift > 19 {
		return
	}
	from := report.Path{"openshift", "fips"}
	for i := range t.cfg.Storage.Luks {
		l := &t.cfg.Storage.Luks[i]
		if slices.ContainsFunc(l.Options, namesCipher) {
			continue
		}
		at := report.Path{"storage", "luks", i, "options"}
		if len(l.Options) == 0 {
			t.origins.set(at, from)
		}
		for _, o := range []types.LuksOption{cipherOption, fipsCipher} {
			t.origins.set(at.Append(len(l.Options)), from)
			l.Options = append(l.Options[:len(l.Options):len(l.Options)], o)
		}
	}
}

func namesCipher(o types.LuksOption) bool {
	return o == cipherOption || o == "-c" || strings.HasPrefix(string(o), cipherOption+"=")
}

// unsupported reports what OpenShift's images or operator cannot do.
func (t *translation) unsupported() (found findings) {
	storage := report.Path{"spec", "config", "storage"}
	for i, fs := range t.cfg.Storage.Filesystems {
		if fs.Format != nil && *fs.Format == "btrfs" {
			found.fail(storage.Append("filesystems", i, "format"), "btrfs is not supported in this spec version")
		}
	}
	for i, fs := range t.cfg.Storage.Filesystems {
		if t.openshift >= 14 && fs.Format != nil && *fs.Format == "none" {
			found.fail(storage.Append("filesystems", i, "format"), `format "none" is not supported in this spec version`)
		}
	}
	for i, f := range t.cfg.Storage.Files {
		at := storage.Append("files", i)
		if s := f.Contents.Source; s != nil && !isData(*s) {
			found.fail(at.Append("contents", "source"), "file contents source must be data URL in this spec version")
		}
		if t.openshift >= 10 && f.Mode != nil && *f.Mode&^0o777 != 0 {
			found.fail(at.Append("mode"), "special mode bits are not supported in this spec version")
		}
	}
	for i, u := range t.cfg.Passwd.Users {
		if u.Name != "core" {
			found.fail(report.Path{"spec", "config", "passwd", "users", i, "name"}, `users other than "core" are not supported in this spec version`)
		}
	}
	return found
}

// isData reports whether a URL is a data URL, or none at all, which is found later.
func isData(s string) bool {
	if strings.HasPrefix(s, pendingText[:len("data:")]) {
		return true
	}
	u, err := url.Parse(s)
	return err != nil || u.Scheme == "data"
}

// machineConfigForbidden is what OpenShift 4.minor refuses in MachineConfigs.
func machineConfigForbidden(minor int) map[string]string {
	const (
		suffix     = " not supported in this spec version"
		userFields = `fields other than "name", "ssh_authorized_keys", and "password_hash" (4.13.0+) are` + suffix
		config     = "spec.config."
	)
	rules := map[string]string{
		config + "passwd.groups":                      "groups are" + suffix,
		config + "storage.directories":                "directories are" + suffix,
		config + "storage.links":                      "links are" + suffix,
		config + "storage.files.append":               "appending to files is" + suffix,
		config + "storage.files.contents.httpHeaders": "file HTTP headers are" + suffix,
	}
	fields := []string{"gecos", "groups", "homeDir", "noCreateHome", "noLogInit", "noUserGroup", "primaryGroup", "shell", "shouldExist", "system", "uid"}
	if minor < 13 {
		fields = append(fields, "passwordHash")
	}
	for _, f := range fields {
		rules[config+"passwd.users."+f] = userFields
	}
	if minor < 10 {
		rules[forbiddenCompression] = "file compression is" + suffix
	}
	if minor >= 14 {
		rules[config+"kernelArguments"] = "this section cannot be used for kernel arguments in this spec version; use openshift.kernel_arguments instead"
	}
	return rules
}

// forbiddenCompression may be empty where it is forbidden: contents come with that.
const forbiddenCompression = "spec.config.storage.files.contents.compression"
