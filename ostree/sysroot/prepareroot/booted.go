package prepareroot

import (
	"errors"
	"fmt"

	"github.com/nestos-dev/nestos/internal/gvariant"
)

// maxBooted bounds the size of the file that is read.
const maxBooted = 1 << 20

// Booted is the content of /run/ostree-booted, what the initramfs tells the running
// system about how it was mounted. /run/ostree/nextroot-booted, which announces
// the root of a soft reboot, has the same form.
type Booted struct {
	// Device and Inode are st_dev and st_ino of the deployment's directory, by
	// which it is recognized: with composefs the inode of / is another one. They
	// are zero in files of programs that do not know them.
	Device, Inode uint64
	// RootTransient and RootTransientRO say that the root has a writable layer
	// that the next boot forgets, and that it is mounted read-only.
	RootTransient, RootTransientRO bool
	// SignedKey is the file with the key that the commit was verified with.
	SignedKey string
	// Composefs says that the root is a composefs image, Verity that fs-verity
	// was required of it.
	Composefs, Verity bool
	// SysrootReadonly says that /sysroot is to stay read-only.
	SysrootReadonly bool
	// TransientEtc is the directory with the layers of a transient /etc.
	TransientEtc string
}

// BackingRoot returns Device and Inode; ok is false if the file did not have them.
func (b *Booted) BackingRoot() (device, inode uint64, ok bool) {
	return b.Device, b.Inode, b.Inode != 0
}

// The names of the entries.
const (
	keyBackingDevIno   = "backing-root-device-inode"
	keyRootTransient   = "root.transient"
	keyRootTransientRO = "root.transient-ro"
	keySigned          = "composefs.signed"
	keyComposefs       = "composefs"
	keyVerity          = "composefs.verity"
	keySysrootReadonly = "sysroot-ro"
	keyTransientEtc    = "transient-etc"
)

const typeDevIno = gvariant.Type("(tt)")

// Marshal returns the bytes of the file: a GVariant dictionary a{sv} in the order
// in which libostree writes it.
func (b *Booted) Marshal() []byte {
	var d gvariant.Dict
	d.Add(keyBackingDevIno, gvariant.NewTuple(gvariant.NewUint64(b.Device), gvariant.NewUint64(b.Inode)))
	d.Add(keyRootTransient, gvariant.NewBool(b.RootTransient))
	d.Add(keyRootTransientRO, gvariant.NewBool(b.RootTransientRO))
	if b.SignedKey != "" {
		d.Add(keySigned, gvariant.NewString(b.SignedKey))
	}
	if b.Composefs {
		d.Add(keyComposefs, gvariant.NewBool(true))
		d.Add(keyVerity, gvariant.NewBool(b.Verity))
	}
	d.Add(keySysrootReadonly, gvariant.NewBool(b.SysrootReadonly))
	if b.TransientEtc != "" {
		d.Add(keyTransientEtc, gvariant.NewString(b.TransientEtc))
	}
	return d.Value().Bytes()
}

// ParseBooted reads the content of the file. An empty file, as libostree before
// 2023.1 wrote it, gives the zero Booted. Entries that are missing, unknown or of
// another type than expected are passed over.
func ParseBooted(data []byte) (*Booted, error) {
	if len(data) > maxBooted {
		return nil, fmt.Errorf("larger than %d bytes", maxBooted)
	}
	v := gvariant.FromBytes(gvariant.TypeDict, data)
	if !v.IsNormal() {
		return nil, errors.New("not a dictionary in GVariant normal form")
	}
	b := &Booted{}
	if pair, ok := v.LookupType(keyBackingDevIno, typeDevIno); ok {
		b.Device, b.Inode = pair.Child(0).Uint64(), pair.Child(1).Uint64()
	}
	boolean := func(key string) bool {
		value, ok := v.LookupType(key, gvariant.TypeBool)
		return ok && value.Bool()
	}
	text := func(key string) string {
		value, _ := v.LookupType(key, gvariant.TypeString)
		return value.Str()
	}
	b.RootTransient, b.RootTransientRO = boolean(keyRootTransient), boolean(keyRootTransientRO)
	b.SignedKey, b.TransientEtc = text(keySigned), text(keyTransientEtc)
	b.Composefs, b.Verity = boolean(keyComposefs), boolean(keyVerity)
	b.SysrootReadonly = boolean(keySysrootReadonly)
	return b, nil
}
