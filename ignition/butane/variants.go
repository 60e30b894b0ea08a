package butane

import (
	"fmt"
	"iter"
	"strings"

	"github.com/nestos-dev/nestos/ignition/butane/internal/schema"
)

// dialect is what a variant and version of Butane configs are.
type dialect struct {
	variant, version string
	base             int    // minor version of the base schema
	ignition         string // version of the output
	os               int    // minor version of the Fedora CoreOS semantics; 0 if there are none
	openshift        int    // minor version of OpenShift 4; 0 for others
	grub             bool   // grub.users
	forbidden        map[string]string
	bootDisk         string // link to the boot disk
	localChecked     bool   // configs to be merged are checked when they are local files, too
}

// ignitionOf is the Ignition version of each base schema.
var ignitionOf = [...]string{1: "3.0.0", "3.1.0", "3.2.0", "3.3.0", "3.4.0", "3.5.0", "3.6.0", "3.7.0-experimental"}

const experimental = "-experimental"

const (
	coreosBootDisk = "/dev/disk/by-id/coreos-boot-disk"
	nestosBootDisk = "/dev/disk/by-id/nestos-boot-disk"
)

// dialects are all supported ones, in the order of the documentation.
var dialects = buildDialects()

func buildDialects() []*dialect {
	var all []*dialect
	add := func(d dialect) {
		d.ignition = ignitionOf[d.base]
		if d.bootDisk == "" {
			d.bootDisk = coreosBootDisk
		}
		all = append(all, &d)
	}
	for minor, base := range []int{1, 2, 3, 3, 4, 5, 6, 7, 8} {
		add(dialect{variant: "fcos", version: release(1, minor, base), base: base, os: max(minor, 1), grub: minor >= 5})
	}
	for minor, base := range []int{4, 5, 8} {
		forbidden := map[string]string{"storage.luks.clevis": clevisForbidden}
		if base == 8 {
			forbidden = map[string]string{"storage.luks.cex": cexForbidden}
		}
		add(dialect{variant: "flatcar", version: release(1, minor, base), base: base, forbidden: forbidden})
	}
	for minor := 8; minor <= 23; minor++ {
		os := openshiftOS(minor)
		base := []int{3: 3, 5: 5, 6: 6, 8: 8}[os]
		add(dialect{variant: "openshift", version: release(4, minor, base), base: base, os: os, openshift: minor,
			grub: os >= 5, forbidden: machineConfigForbidden(minor)})
	}
	for minor, base := range []int{4, 5, 8} {
		add(dialect{variant: "r4e", version: release(1, minor, base), base: base, forbidden: edgeForbidden})
	}
	for minor, base := range []int{5, 8} {
		add(dialect{variant: "fiot", version: release(1, minor, base), base: base, forbidden: edgeForbidden})
	}
	for minor := range 2 {
		add(dialect{variant: "nestos", version: release(1, minor, 4), base: 4, os: 4, grub: true,
			bootDisk: nestosBootDisk, localChecked: true})
	}
	return all
}

// release is the version as configs spell it; that with base schema 0.8 is experimental.
func release(major, minor, base int) string {
	v := fmt.Sprintf("%d.%d.0", major, minor)
	if base == 8 {
		v += experimental
	}
	return v
}

// openshiftOS is the Fedora CoreOS version whose semantics OpenShift 4.minor has.
func openshiftOS(minor int) int {
	switch {
	case minor < 14:
		return 3
	case minor < 19:
		return 5
	case minor < 23:
		return 6
	}
	return 8
}

// level is the schema of d.
func (d *dialect) level() *schema.Level {
	outer := packageName(d.version)
	os := fmt.Sprintf("v1_%d", d.os)
	base := fmt.Sprintf("v0_%d", d.base)
	if d.base == 8 {
		os, base = os+"_exp", base+"_exp"
	}
	return &schema.Level{
		Base:      d.base,
		BaseName:  base,
		OSName:    os,
		OuterName: outer,
		Sugar: map[string]bool{
			"boot_device": d.os >= 3,
			"grub":        d.grub,
			"openshift":   d.openshift > 0,
		},
	}
}

// packageName is the name of the reference's package for a version: v1_8_exp.
func packageName(version string) string {
	v, isExperimental := strings.CutSuffix(version, experimental)
	v = "v" + strings.ReplaceAll(strings.TrimSuffix(v, ".0"), ".", "_")
	if isExperimental {
		v += "_exp"
	}
	return v
}

// noCompression reports whether contents are never compressed: the first releases
// of OpenShift cannot read them.
func (d *dialect) noCompression() bool { return d.openshift == 8 || d.openshift == 9 }

// Pairs are the variants and versions this package translates, oldest first within
// each variant.
func Pairs() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for _, d := range dialects {
			if !yield(d.variant, d.version) {
				return
			}
		}
	}
}
