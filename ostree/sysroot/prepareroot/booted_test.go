package prepareroot_test

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/ostree/sysroot/prepareroot"
)

// bootedVector is what libostree 2026.4 wrote when it booted a composefs root from
// the file system with st_dev 0xfe00 and the deployment directory with inode 0x38.
var bootedVector = fromHex(`
	6261636b696e672d726f6f742d646576
	6963652d696e6f646500000000000000
	00fe0000000000003800000000000000
	00287474291a0000726f6f742e747261
	6e7369656e7400000000620f00000000
	726f6f742e7472616e7369656e742d72
	6f000000000000000000621200000000
	636f6d706f7365667300000000000000
	0100620a00000000636f6d706f736566
	732e7665726974790000000000000000
	0000621100000000737973726f6f742d
	726f0000000000000100620b364c6c84
	a4bc
`)

func fromHex(text string) []byte {
	data, err := hex.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		panic(err)
	}
	return data
}

func TestBootedBytes(t *testing.T) {
	b := &prepareroot.Booted{Device: 0xfe00, Inode: 0x38, Composefs: true, SysrootReadonly: true}
	require.Equal(t, hex.Dump(bootedVector), hex.Dump(b.Marshal()))
	got, err := prepareroot.ParseBooted(bootedVector)
	require.NoError(t, err)
	require.Equal(t, b, got)
	dev, ino, ok := got.BackingRoot()
	require.Equal(t, []any{uint64(0xfe00), uint64(0x38), true}, []any{dev, ino, ok})
}

func TestBootedAll(t *testing.T) {
	for _, b := range []*prepareroot.Booted{
		{}, {Device: 1, Inode: 2, SysrootReadonly: true},
		{
			Device: 1 << 40, Inode: 1<<64 - 1, RootTransient: true, RootTransientRO: true, SignedKey: prepareroot.DefaultKeyPath,
			Composefs: true, Verity: true, SysrootReadonly: true, TransientEtc: "/run/ostree/transient-etc.x",
		},
	} {
		got, err := prepareroot.ParseBooted(b.Marshal())
		require.NoError(t, err)
		require.Equal(t, b, got)
	}
	// The order is libostree's.
	v := gvariant.FromBytes(gvariant.TypeDict, (&prepareroot.Booted{SignedKey: "k", Composefs: true, TransientEtc: "e"}).Marshal())
	require.Equal(t, []string{"backing-root-device-inode", "root.transient", "root.transient-ro", "composefs.signed", "composefs",
		"composefs.verity", "sysroot-ro", "transient-etc"}, gvariant.DictFromValue(v).Keys())
}

func TestBootedOthers(t *testing.T) {
	b, err := prepareroot.ParseBooted(nil)
	require.NoError(t, err)
	require.Equal(t, &prepareroot.Booted{}, b)
	_, _, ok := b.BackingRoot()
	require.False(t, ok)

	var d gvariant.Dict
	d.Add("future", gvariant.NewString("x"))
	d.Add("composefs", gvariant.NewString("not a truth value"))
	d.Add("sysroot-ro", gvariant.NewBool(true))
	b, err = prepareroot.ParseBooted(d.Value().Bytes())
	require.NoError(t, err)
	require.Equal(t, &prepareroot.Booted{SysrootReadonly: true}, b)

	_, err = prepareroot.ParseBooted([]byte("nonsense"))
	require.EqualError(t, err, "not a dictionary in GVariant normal form")
	_, err = prepareroot.ParseBooted(make([]byte, 2<<20))
	require.ErrorContains(t, err, "larger than")
}

func FuzzParseBooted(f *testing.F) {
	f.Add([]byte{})
	f.Add(bootedVector)
	f.Add((&prepareroot.Booted{Composefs: true, SignedKey: "k", TransientEtc: "/e"}).Marshal())
	f.Add(bootedVector[:100])
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := prepareroot.ParseBooted(data)
		if err != nil {
			return
		}
		again, err := prepareroot.ParseBooted(b.Marshal())
		require.NoError(t, err)
		if !b.Composefs {
			again.Verity, b.Verity = false, false // only written together
		}
		require.Equal(t, b, again)
	})
}
