package treefile

import (
	"fmt"
	"slices"
	"strings"
)

// Edition is a generation of defaults.
type Edition string

// The editions.
const (
	Edition2014 Edition = "2014" // the default
	Edition2024 Edition = "2024" // kernels below usr/lib/modules only, /tmp is a directory
)

// BootLocation is where kernels are put.
type BootLocation string

// The boot locations.
const (
	BootNew           BootLocation = "new"            // usr/lib/ostree-boot as well as usr/lib/modules; the default
	BootModules       BootLocation = "modules"        // usr/lib/modules only
	BootKernelInstall BootLocation = "kernel-install" // left to kernel-install
)

// OptUsrLocal is what /opt and /usr/local are.
type OptUsrLocal string

// The layouts of /opt and /usr/local.
const (
	OptVar          OptUsrLocal = "var"           // links into /var; the default
	OptRoot         OptUsrLocal = "root"          // plain directories
	OptStateOverlay OptUsrLocal = "state-overlay" // overlays with persistent upper directories
)

// Sysusers is the handling of sysusers.d at composition.
type Sysusers string

// The handlings of sysusers.d.
const (
	SysusersAuto   Sysusers = "compose-auto"   // run if the target's rpm does
	SysusersForced Sysusers = "compose-forced" // run in any case
)

// MetadataTarget is where information about repositories or advisories is kept.
type MetadataTarget string

// The places of metadata.
const (
	MetadataInline   MetadataTarget = "inline"   // in the commit; the default
	MetadataDetached MetadataTarget = "detached" // beside the commit
	MetadataDisabled MetadataTarget = "disabled"
)

// RPMDBBackend is the format of the package database.
type RPMDBBackend string

// The backends. Only host differs from the default in effect.
const (
	RPMDBTarget RPMDBBackend = "target" // what the target's rpm uses; the default
	RPMDBHost   RPMDBBackend = "host"
	RPMDBSQLite RPMDBBackend = "sqlite" // as target
	RPMDBNDB    RPMDBBackend = "ndb"    // as target
	RPMDBBDB    RPMDBBackend = "bdb"    // as target
)

// CheckType is what users or groups are compared with.
type CheckType string

// The kinds of checks.
const (
	CheckNone     CheckType = "none"
	CheckPrevious CheckType = "previous" // the previous commit; the default
	CheckFile     CheckType = "file"
	CheckData     CheckType = "data" // ids in the treefile itself
)

// decodeEnum reads a value that must be one of a few words. alias gives other spellings.
func decodeEnum[T ~string](d *decoder, n *node, p *T, alias map[string]T, words ...T) error {
	var s string
	if err := d.str(n, &s); err != nil {
		return err
	}
	if v, ok := alias[s]; ok {
		*p = v
		return nil
	}
	if !slices.Contains(words, T(s)) {
		quoted := make([]string, len(words))
		for i, w := range words {
			quoted[i] = "`" + string(w) + "`"
		}
		return n.errorf("unknown variant `%s`, expected one of %s", clip(s), strings.Join(quoted, ", "))
	}
	*p = T(s)
	return nil
}

func (e *Edition) decodeNode(d *decoder, n *node) error {
	return decodeEnum(d, n, e, nil, Edition2014, Edition2024)
}

func (b *BootLocation) decodeNode(d *decoder, n *node) error {
	return decodeEnum(d, n, b, nil, BootNew, BootModules, BootKernelInstall)
}

func (o *OptUsrLocal) decodeNode(d *decoder, n *node) error {
	return decodeEnum(d, n, o, map[string]OptUsrLocal{"stateoverlay": OptStateOverlay}, OptVar, OptRoot, OptStateOverlay)
}

func (s *Sysusers) decodeNode(d *decoder, n *node) error {
	return decodeEnum(d, n, s, nil, SysusersAuto, SysusersForced)
}

func (m *MetadataTarget) decodeNode(d *decoder, n *node) error {
	return decodeEnum(d, n, m, nil, MetadataInline, MetadataDetached, MetadataDisabled)
}

func (r *RPMDBBackend) decodeNode(d *decoder, n *node) error {
	return decodeEnum(d, n, r, map[string]RPMDBBackend{"b-d-b": RPMDBBDB}, RPMDBBDB, RPMDBSQLite, RPMDBNDB, RPMDBTarget, RPMDBHost)
}

// clip limits text from a document that goes into a message.
func clip(s string) string {
	const limit = 200
	if len(s) <= limit {
		return s
	}
	return fmt.Sprintf("%s… (%d bytes)", strings.ToValidUTF8(s[:limit], ""), len(s))
}
