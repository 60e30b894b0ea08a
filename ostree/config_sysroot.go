package ostree

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// SysrootConfig holds the keys of the group "sysroot", which matter for a repository that deployments
// are made from.
type SysrootConfig struct {
	// Bootloader is "auto", "none", "grub2", "syslinux", "uboot", "zipl" or "aboot".
	Bootloader string
	// BootPrefix puts "/boot" before the paths of kernels in boot entries, for boot loaders that read
	// the root file system.
	BootPrefix bool
	// ReadOnly asks for a read-only /sysroot; newer systems say it in prepare-root.conf.
	ReadOnly bool
	// AppendExceptDefault are keys and values for all boot entries but the first.
	AppendExceptDefault []BootKey
	// BootCountingTries is how often a new deployment may fail to boot, 1 to 5; 0 switches counting off.
	BootCountingTries int
}

// BootKey is a key of a boot entry with its value.
type BootKey struct{ Key, Value string }

var bootloaders = []string{"auto", "none", "grub2", "syslinux", "uboot", "zipl", "aboot"}

const maxBootTries = 5

func (c *SysrootConfig) read(p *configReader) {
	c.Bootloader = p.groupText("sysroot", "bootloader", "auto")
	if !slices.Contains(bootloaders, c.Bootloader) {
		p.fail(fmt.Errorf("Invalid bootloader configuration: '%s'", c.Bootloader))
	}
	c.BootPrefix = p.groupBool("sysroot", "bootprefix")
	c.ReadOnly = p.groupBool("sysroot", "readonly")
	c.AppendExceptDefault = p.bootKeys()
	if n := strings.TrimSpace(p.groupText("sysroot", "boot-counting-tries", "0")); len(n) != 1 || n[0] < '0' || n[0] > '0'+maxBootTries {
		p.fail(fmt.Errorf("Parsing sysroot.boot-counting-tries: Number “%s” is out of bounds [0, %d]", n, maxBootTries))
	} else {
		c.BootCountingTries = int(n[0] - '0')
	}
}

func (p *configReader) bootKeys() []BootKey {
	list, err := p.f.Strings("sysroot", "bls-append-except-default")
	if missingKey(err) {
		return nil
	}
	p.fail(err)
	var out []BootKey
	for _, item := range list {
		key, value, ok := strings.Cut(item, "=")
		if !ok {
			p.fail(errors.New(`bls-append-except-default key must be of the form "key1=value1;key2=value2..."`))
			return nil
		}
		out = append(out, BootKey{key, value})
	}
	return out
}
