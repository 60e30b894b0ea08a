package bls

import (
	"fmt"
	"path"
	"strconv"
	"strings"
)

const (
	namePrefix = "ostree-"
	nameSuffix = ".conf"
)

// IsName tells whether a file of this name, in a directory of entries, is
// OSTree's: it starts with "ostree-" and ends in ".conf". Whatever stands
// between, OSTree reads the file and takes it for a deployment.
func IsName(name string) bool {
	return strings.HasPrefix(name, namePrefix) && strings.HasSuffix(name, nameSuffix)
}

// Name is what OSTree puts into the file name of an entry.
type Name struct {
	// Number is the number of entries minus the index of this one: the
	// default has the highest number, the last entry 1.
	Number uint64
	// Stateroot is part of the name before release 2024.5, and on request
	// later, since GRUB's blscfg orders by it. It is empty otherwise.
	Stateroot string
	// Tries are the counters of boot assessment.
	Tries Tries
}

// String returns the file name: ostree-2.conf, ostree-2-demo.conf,
// ostree-2+3.conf.
func (n Name) String() string {
	name := namePrefix + strconv.FormatUint(n.Number, 10)
	if n.Stateroot != "" {
		name += "-" + n.Stateroot
	}
	return name + n.Tries.String() + nameSuffix
}

// ParseName takes a file name apart. OSTree itself reads more names than it
// writes, see [IsName]; of those the error is a [*NameError].
func ParseName(name string) (Name, error) {
	if !IsName(name) {
		return Name{}, &NameError{name}
	}
	base, tries := cutTries(name)
	number, stateroot, old := strings.Cut(strings.TrimPrefix(base, namePrefix), "-")
	n, ok := parseCount(number)
	if !ok || old && stateroot == "" || strings.Contains(stateroot, "/") {
		return Name{}, &NameError{name}
	}
	return Name{Number: n, Stateroot: stateroot, Tries: tries}, nil
}

// Tries are the counters of automatic boot assessment that a file name may
// end with: "+LEFT" before the first boot, then "+LEFT-DONE". The boot
// loader renames the file with each attempt to boot the entry.
type Tries struct {
	// Left is the number of attempts before the entry counts as bad.
	Left uint64
	// Done is the number of attempts made.
	Done uint64
	// HasDone says that the second counter is written.
	HasDone bool
}

// String returns the counters as they stand in a name, before ".conf". It is
// empty if all is zero: the entry is not counted.
func (t Tries) String() string {
	switch {
	case t.HasDone:
		return fmt.Sprintf("+%d-%d", t.Left, t.Done)
	case t.Left > 0:
		return fmt.Sprintf("+%d", t.Left)
	}
	return ""
}

// Rewritten returns the counters that OSTree gives an entry that it read and
// writes again: always both, or none if both are zero.
func (t Tries) Rewritten() Tries {
	t.HasDone = t.Left > 0 || t.Done > 0
	return t
}

// ParseTries reads the counters at the end of a file name, with or without
// ".conf". A name without counters, or with something else after its last '+',
// has none.
func ParseTries(name string) Tries {
	_, tries := cutTries(name)
	return tries
}

// cutTries splits a name into what stands before the counters and these. It
// removes ".conf".
func cutTries(name string) (base string, tries Tries) {
	name = strings.TrimSuffix(name, nameSuffix)
	plus := strings.LastIndexByte(name, '+')
	if plus < 0 {
		return name, Tries{}
	}
	left, done, hasDone := strings.Cut(name[plus+1:], "-")
	var ok bool
	if tries.Left, ok = parseCount(left); !ok {
		return name, Tries{}
	}
	// A lone zero, which nobody writes, must not look like no counters.
	tries.HasDone = hasDone || tries.Left == 0
	if hasDone {
		if tries.Done, ok = parseCount(done); !ok {
			return name, Tries{}
		}
	}
	return name[:plus], tries
}

// parseCount reads decimal digits and nothing else. (ParseUint takes no sign.)
func parseCount(digits string) (uint64, bool) {
	n, err := strconv.ParseUint(digits, 10, 64)
	return n, err == nil
}

// Title returns the text that OSTree puts into a title: the operating system's
// name, its version if the name does not have it already, the stateroot if it
// is not empty (which it is unless the list has several), and the index of the
// entry.
//
//	DemoOS 1.0 (ostree:demo:0)
func Title(osName, version, stateroot string, index int) string {
	title := osName
	if version != "" && !strings.Contains(osName, version) {
		title += " " + version
	}
	if stateroot != "" {
		return fmt.Sprintf("%s (ostree:%s:%d)", title, stateroot, index)
	}
	return fmt.Sprintf("%s (ostree:%d)", title, index)
}

// OverlayChecksum returns the checksum in the path of an overlay initrd,
// /ostree/initramfs-overlays/CHECKSUM.img. The error is an [*OverlayError].
func OverlayChecksum(initrd string) (string, error) {
	name := path.Base(initrd)
	checksum, ok := strings.CutSuffix(name, ".img")
	if !ok || len(checksum) != 64 {
		return "", &OverlayError{name}
	}
	return checksum, nil
}
