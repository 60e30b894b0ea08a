package butane

import (
	"regexp"
	"strings"

	"github.com/nestos-dev/nestos/ignition/butane/internal/schema"
	"github.com/nestos-dev/nestos/ignition/config/report"
)

// findings collects entries with paths of the source.
type findings struct {
	entries []report.Entry
}

func (f *findings) add(kind report.Kind, at report.Path, text string) {
	f.entries = append(f.entries, report.Entry{Kind: kind, Message: text, HasPath: len(at) > 0, Path: at})
}

func (f *findings) fail(at report.Path, text string) { f.add(report.Error, at, text) }
func (f *findings) warn(at report.Path, text string) { f.add(report.Warn, at, text) }

// sourceCheck checks a config before it is translated, in the order of the schema.
type sourceCheck struct {
	findings
	*dialect
	c        *schema.Config
	thorough bool
}

func checkSource(d *dialect, c *schema.Config, thorough bool) *findings {
	v := &sourceCheck{dialect: d, c: c, thorough: thorough}
	v.config()
	v.ignition()
	v.storage()
	v.systemd()
	v.bootDevice()
	for i, u := range c.Grub.Users {
		v.grubUser(u, report.Path{"grub", "users", i})
	}
	if d.openshift > 0 {
		v.machineConfig()
	}
	return &v.findings
}

func (v *sourceCheck) ignition() {
	at := report.Path{"ignition", "config"}
	for i, r := range v.c.Ignition.Config.Merge {
		v.reference(schema.Resource(r), at.Append("merge", i))
	}
	v.reference(schema.Resource(v.c.Ignition.Config.Replace), at.Append("replace"))
	for i, r := range v.c.Ignition.Security.TLS.CertificateAuthorities {
		v.resource(schema.Resource(r), report.Path{"ignition", "security", "tls", "certificate_authorities", i})
	}
}

const tooManySources = "only one of the following can be set: inline, local, source"

// resource checks that there is one source of bytes; the last of several is blamed.
func (v *sourceCheck) resource(r schema.Resource, at report.Path) bool {
	field, n := "", 0
	for _, s := range []struct {
		name  string
		value *string
	}{{"local", r.Local}, {"inline", r.Inline}, {"source", r.Source}} {
		if s.value != nil {
			field = s.name
			n++
		}
	}
	if n > 1 {
		if v.base == 1 {
			field = "inline"
		}
		v.fail(at.Append(field), tooManySources)
	}
	return n <= 1
}

// reference checks a config that is to be merged, as far as it is in the text.
func (v *sourceCheck) reference(r schema.Resource, at report.Path) {
	if !v.resource(r, at) || r.Inline == nil {
		return
	}
	v.checkReferenced(v.dialect, []byte(*r.Inline), at, at.Append("inline"))
}

const octalForgotten = "unreasonable mode would be reasonable if specified in octal; remember to add a leading zero"

func (v *sourceCheck) storage() {
	s := &v.c.Storage
	at := report.Path{"storage"}
	for i, d := range s.Directories {
		if d.Mode != nil && looksDecimal(*d.Mode, true) {
			v.warn(at.Append("directories", i, "mode"), octalForgotten)
		}
	}
	for i, f := range s.Files {
		at := at.Append("files", i)
		if f.Mode != nil && looksDecimal(*f.Mode, false) {
			v.warn(at.Append("mode"), octalForgotten)
		}
		for i, r := range f.Append {
			v.resource(schema.Resource(r), at.Append("append", i))
		}
		v.resource(schema.Resource(f.Contents), at.Append("contents"))
	}
	for i, fs := range s.Filesystems {
		if isTrue(fs.WithMountUnit) {
			v.mountUnit(fs, at.Append("filesystems", i))
		}
	}
	for i, l := range s.Luks {
		v.resource(l.KeyFile, at.Append("luks", i, "key_file"))
	}
	for i, t := range s.Trees {
		if t.Local == "" {
			v.fail(at.Append("trees", i), "local is required")
		}
	}
}

func (v *sourceCheck) mountUnit(fs schema.Filesystem, at report.Path) {
	const (
		noPath   = "path is required if with_mount_unit is true and format is not swap"
		noFormat = "format is required if with_mount_unit is true"
	)
	formatMissing, pathMissing := isEmpty(fs.Format), isEmpty(fs.Path)
	if v.base < 4 {
		if pathMissing {
			v.fail(at.Append("path"), noPath)
		}
		if formatMissing {
			v.fail(at.Append("format"), noFormat)
		}
		return
	}
	switch {
	case formatMissing:
		v.fail(at.Append("format"), noFormat)
	case *fs.Format != "swap" && pathMissing:
		v.fail(at.Append("path"), noPath)
	}
}

func (v *sourceCheck) systemd() {
	at := report.Path{"systemd"}
	for i, u := range v.c.Systemd.Units {
		at := at.Append("units", i)
		v.contents(u.Contents, u.ContentsLocal, at)
		v.dropins(u.Dropins, at)
	}
	for i, q := range v.c.Systemd.Quadlets {
		at := at.Append("quadlets", i)
		v.quadlet(q, at)
		v.dropins(q.Dropins, at)
	}
}

func (v *sourceCheck) dropins(dropins []schema.Dropin, at report.Path) {
	for i, d := range dropins {
		v.contents(d.Contents, d.ContentsLocal, at.Append("dropins", i))
	}
}

func (v *sourceCheck) contents(contents, local *string, at report.Path) {
	if contents != nil && local != nil {
		v.fail(at.Append("contents_local"), "only one of the following can be set: contents, contents_local")
	}
}

var quadletRe = regexp.MustCompile(`\.(container|volume|network|kube|image|build|pod|artifact)$`)

func (v *sourceCheck) quadlet(q schema.Quadlet, at report.Path) {
	const instance = "template instances cannot have contents or contents_local"
	if !quadletRe.MatchString(q.Name) {
		v.fail(at.Append("name"), "unsupported file extension for quadlet: must be one of .container, .volume, .network, .kube, .image, .build, .pod, or .artifact")
		return
	}
	if _, isInstance := quadletTemplate(q.Name); !isInstance {
		v.contents(q.Contents, q.ContentsLocal, at)
		return
	}
	if q.Contents != nil {
		v.fail(at.Append("contents"), instance)
	}
	if q.ContentsLocal != nil {
		v.fail(at.Append("contents_local"), instance)
	}
}

var mountPointRe = regexp.MustCompile(`^/(etc|var)(/|$)`)

// config checks what concerns several sections. In Butane 0.29, what OpenShift 4.19
// and later check here hides what Fedora CoreOS 1.6 does.
func (v *sourceCheck) config() {
	if v.openshift >= 19 {
		v.cexArgument()
	}
	strict := v.os >= 6 && v.openshift == 0
	if !strict && !(v.thorough && v.os > 0) {
		return
	}
	v.partitionLabels()
	kind := report.Warn
	if strict {
		kind = report.Error
	}
	v.mountPoints(kind)
}

func (v *sourceCheck) partitionLabels() {
	mirrors := map[string]bool{}
	for _, d := range v.c.BootDevice.Mirror.Devices {
		mirrors[d] = true
	}
	for i, d := range v.c.Storage.Disks {
		if d.Device == v.bootDisk || isTrue(d.WipeTable) || mirrors[d.Device] {
			continue
		}
		for j, p := range d.Partitions {
			if p.Number == 0 && p.Label != nil {
				v.warn(report.Path{"storage", "disks", i, "partitions", j, "number"},
					"partitions cannot be reused by label; number must be specified except on boot disk ("+v.bootDisk+") or when wipe_table is true")
			}
		}
	}
}

func (v *sourceCheck) mountPoints(kind report.Kind) {
	for i, fs := range v.c.Storage.Filesystems {
		if isTrue(fs.WithMountUnit) && fs.Path != nil && !mountPointRe.MatchString(*fs.Path) {
			v.add(kind, report.Path{"storage", "filesystems", i, "path"}, "path must be under /etc or /var if with_mount_unit is true")
		}
	}
}

func (v *sourceCheck) bootDevice() {
	if v.os < 3 {
		return
	}
	b := &v.c.BootDevice
	at := report.Path{"boot_device"}
	if mirror := at.Append("mirror"); len(b.Mirror.Devices) > 0 && b.Layout == nil {
		kind := report.Warn
		if v.os >= 7 {
			kind = report.Error
		}
		v.add(kind, mirror, "boot_device.layout should be specified when boot_device.mirror is specified")
	}
	if b.Layout != nil {
		v.layout(*b.Layout, at.Append("layout"))
	}
	if isTrue(b.Luks.Cex.Enabled) {
		v.bootCex(at)
	}
	v.mirror(at.Append("mirror"))
	if v.os >= 7 && !isEmpty(b.Luks.Device) && !v.hasLuksMethod() {
		v.fail(at.Append("luks", "luks"), "no method specified for luks")
	}
	// The reference comes by a second time.
	v.mirror(at.Append("mirror"))
}

func (v *sourceCheck) mirror(at report.Path) {
	if len(v.c.BootDevice.Mirror.Devices) == 1 {
		v.fail(at.Append("devices"), "mirroring requires at least two devices")
	}
}

var (
	dasdRe = regexp.MustCompile(`/dev/dasd[a-z]$`)
	sdRe   = regexp.MustCompile(`/dev/sd[a-z]$`)
)

func (v *sourceCheck) layout(layout string, at report.Path) {
	b := &v.c.BootDevice
	known := layout == "aarch64" || layout == "ppc64le" || layout == "x86_64"
	if v.os < 6 {
		if !known {
			v.fail(at, "layout must be one of: aarch64, ppc64le, x86_64")
		}
		return
	}
	switch layout {
	case "s390x-eckd":
		v.s390xDevice(dasdRe, at)
	case "s390x-zfcp":
		v.s390xDevice(sdRe, at)
	case "s390x-virt":
	default:
		if !known {
			v.fail(at, "layout must be one of: aarch64, ppc64le, s390x-eckd, s390x-virt, s390x-zfcp, x86_64")
		}
	}
	if strings.HasPrefix(layout, "s390x") && len(b.Mirror.Devices) > 0 {
		v.fail(at, "mirroring not supported on layouts: s390x-eckd, s390x-zfcp, s390x-virt")
	}
}

func (v *sourceCheck) s390xDevice(device *regexp.Regexp, at report.Path) {
	d := v.c.BootDevice.Luks.Device
	if isEmpty(d) {
		v.fail(at, "device is required for layouts: s390x-eckd, s390x-zfcp")
	} else if !device.MatchString(*d) {
		v.fail(at, "device name must start with /dev/dasd on s390x-eckd layout or /dev/sd on s390x-zfcp layout")
	}
}

func (v *sourceCheck) bootCex(at report.Path) {
	const wrongArchitecture = "when using cex the targeted architecture must match s390x"
	b := &v.c.BootDevice
	if b.Layout == nil {
		v.fail(at.Append("luks", "cex"), wrongArchitecture)
	} else if !strings.HasPrefix(*b.Layout, "s390x") {
		v.fail(at.Append("layout"), wrongArchitecture)
	}
	if len(b.Luks.Tang) > 0 || isTrue(b.Luks.Tpm2) {
		v.fail(at.Append("luks"), "cannot use cex with clevis")
	}
}

func (v *sourceCheck) hasLuksMethod() bool {
	l := &v.c.BootDevice.Luks
	for _, t := range l.Tang {
		if t != (schema.Tang{}) {
			return true
		}
	}
	return isTrue(l.Tpm2) || isTrue(l.Cex.Enabled)
}

func (v *sourceCheck) grubUser(u schema.GrubUser, at report.Path) {
	if u.Name == "" {
		v.fail(at.Append("name"), `field "name" is required`)
	}
	if isEmpty(u.PasswordHash) {
		v.fail(at.Append("password_hash"), `field "password_hash" is required`)
	}
}

func isTrue(b *bool) bool    { return b != nil && *b }
func isEmpty(s *string) bool { return s == nil || *s == "" }
func ptr[T any](v T) *T      { return &v }
