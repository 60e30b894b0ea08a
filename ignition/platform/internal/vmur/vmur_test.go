package vmur

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const listing = `ORIGINID FILE CLASS RECORDS  CPY HOLD DATE  TIME     NAME      TYPE     DIST
VMA      0001 T PUN 00000003 001 NONE 06-06 18:28:05 kernel    img      VMADIST
VMA      0002 T PUN
VMA      0008 T PUN 00000045 001 NONE 06-06 18:28:06 machine   ign      VMADIST
VMA      0009 T PUN 00000045 001 NONE 06-06 18:28:07 other     ign      VMADIST
`

func TestList(t *testing.T) {
	// The headings have as many columns as a file without DIST would.
	want := []File{
		{"FILE", "TYPE", "DIST"}, {"0001", "kernel", "img"}, {"0008", "machine", "ign"}, {"0009", "other", "ign"},
	}
	require.Equal(t, want, List(listing))
	file, ok := Find(want, "ign")
	require.True(t, ok)
	require.Equal(t, want[2], file)
	_, ok = Find(want, "none")
	require.False(t, ok)

	require.Equal(t, want[:2], List(strings.Replace(listing, "VMA      0002 T PUN", "\n", 1)))
	require.Empty(t, List(""))
}

func FuzzList(f *testing.F) {
	f.Add(listing)
	f.Add("a b\n\nc d e f g h i j k l")
	f.Fuzz(func(t *testing.T, s string) {
		files := List(s)
		if len(files) > strings.Count(s, "\n")+1 {
			t.Fatal("more files than lines")
		}
		for _, file := range files {
			for _, part := range []string{file.SpoolID, file.Name, file.Type} {
				if part == "" || len(strings.Fields(part)) != 1 || !strings.Contains(s, part) {
					t.Fatalf("%q is no column", part)
				}
			}
		}
	})
}
