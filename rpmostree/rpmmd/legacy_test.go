package rpmmd_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpmmd"
)

// craft makes a package file with the header of another one, changed.
func craft(t *testing.T, name string, change func(b *rpm.HeaderBuilder)) string {
	t.Helper()
	base, err := rpm.Open("testdata/packages/one-epoch-0.1-1.x86_64.rpm")
	require.NoError(t, err)
	defer base.Close()
	b := &rpm.HeaderBuilder{}
	for info := range base.Header.Tags() {
		b.Copy(base.Header, info.Tag, info.Tag)
	}
	change(b)
	data := bytes.Clone(base.HeaderBytes()[:base.HeaderStart])
	data = append(data, "\x8e\xad\xe8\x01\x00\x00\x00\x00"...)
	data = append(data, b.Blob(rpm.TagHeaderImmutable)...)
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, data, 0o644))
	return path
}

// What rpmbuild does not make any more: weak dependencies of SUSE's rpm before 4.12, epochs
// that are no numbers, blanks behind names in the changelog.
func TestWritePackageLegacy(t *testing.T) {
	path := craft(t, "old.rpm", func(b *rpm.HeaderBuilder) {
		b.SetStrings(rpm.TagRequireName, "maybe", "odd", "odd2", "noepoch", "libc.so.6()", "libc.so.6(GLIBC_2.10)", "libc.so.6(GLIBC_2.9)", "libc.so.6(x)", "three")
		b.SetUint32s(rpm.TagRequireFlags, 1<<19|8|1<<9, 8, 0, 8, 0, 0, 0, 0, 8)
		b.SetStrings(rpm.TagRequireVersion, "1", "x:1-1", "y:1", ":2-3", "", "", "", "", "1-2-3")
		b.SetStrings(rpm.TagOldSuggestsName, "strong", "weak")
		b.SetStrings(rpm.TagOldSuggestsVersion, "1", "")
		b.SetUint32s(rpm.TagOldSuggestsFlags, 1<<27|8, 0)
		b.SetStrings(rpm.TagOldEnhancesName, "enh", "supp")
		b.SetStrings(rpm.TagOldEnhancesVersion, "", "3-4")
		b.SetUint32s(rpm.TagOldEnhancesFlags, 0, 1<<27|2)
		b.SetUint32s(rpm.TagChangelogTime, 100, 100, 99)
		b.SetStrings(rpm.TagChangelogName, "a  ", " b ", "  ")
		b.SetStrings(rpm.TagChangelogText, "x \r\n y", "", "<z>")
	})
	want, _ := createrepo(t, filepath.Dir(path))
	_, err := rpmmd.CreateRepo(t.Context(), filepath.Dir(path), nil)
	require.NoError(t, err)
	got, _ := readDocuments(t, filepath.Dir(path))
	for _, typ := range []string{"primary", "filelists", "other"} {
		require.Equal(t, want[typ], got[typ])
	}
	require.Contains(t, got["primary"], `<rpm:entry name="maybe" flags="EQ" epoch="0" ver="1"/>`)
}
