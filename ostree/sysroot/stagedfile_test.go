//go:build linux

package sysroot

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The beginning and the end of a file that libostree wrote; 224 to 400 is the merge deployment.
const (
	stagedHead = `74 61 72 67 65 74 00 00 6e 61 6d 65 00 00 00 00
		31 36 37 32 30 61 36 66 32 32 31 39 66 36 30 63 37 30 36 32 63 37 64 66 63 66 66 37 36 31 34 61
		39 37 31 31 33 65 62 39 62 62 36 33 33 39 62 33 63 30 62 66 62 33 64 34 38 39 62 31 38 64 64 30
		2e 30 00 00 73 05 00 00 6f 73 6e 61 6d 65 00 00 62 74 00 00 73 07 00 00 62 6f 6f 74 63 73 75 6d
		00 00 00 00 00 00 00 00 36 64 30 39 61 38 33 31 37 61 66 66 39 62 64 35 34 65 39 39 38 63 32 36
		61 61 61 31 63 64 37 33 64 62 32 37 66 37 36 63 64 30 39 66 36 31 39 37 37 61 30 38 64 31 30 37
		37 62 30 30 31 34 35 32 00 00 73 09 4e 5e b4 00 61 7b 73 76 7d 07 00 00 6d 65 72 67 65 2d 64 65
		70 6c 6f 79 6d 65 6e 74 00 00 00 00 00 00 00 00`
	stagedTail = `00 00 73 09 4e 5e b4 00 61 7b 73 76 7d 11 c6 00 9e 01`
)

func unhex(t *testing.T, s string) []byte {
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	require.NoError(t, err)
	return b
}

func demoStaged() *staged {
	boot := "6d09a8317aff9bd54e998c26aaa1cd73db27f76cd09f61977a08d1077b001452"
	return &staged{
		target: &deploymentID{"16720a6f2219f60c7062c7dfcff7614a97113eb9bb6339b3c0bfb3d489b18dd0.0", "bt", boot},
		merge:  &deploymentID{strings.Repeat("a", 64) + ".0", "bt", boot},
	}
}

func TestStagedFileBytes(t *testing.T) {
	b := demoStaged().marshal()
	require.Len(t, b, 418)
	require.Equal(t, unhex(t, stagedHead), b[:224])
	require.Equal(t, unhex(t, stagedTail), b[400:])
}

func TestStagedFileRoundTrip(t *testing.T) {
	full := demoStaged()
	full.locked = true
	full.kargs = []string{"root=x", "rw", `c="x y"`}
	full.overlayInitrds = []string{strings.Repeat("b", 64)}
	full.extra = [][2]string{{"x-a", "1"}, {"x-b", "two words"}}
	none := demoStaged()
	none.merge, none.kargs = nil, []string{}
	for _, want := range []*staged{demoStaged(), full, none} {
		got, err := parseStaged(want.marshal())
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}

func TestStagedFileBroken(t *testing.T) {
	whole := demoStaged().marshal()
	for n := range whole {
		if _, err := parseStaged(whole[:n]); err == nil {
			t.Fatalf("accepted the first %d bytes", n)
		}
	}
	noTarget := &staged{target: &deploymentID{}}
	b := bytes.Replace(noTarget.marshal(), []byte("bootcsum"), []byte("bootcsux"), 1)
	_, err := parseStaged(b)
	require.EqualError(t, err, "Missing key: bootcsum")
}

func FuzzParseStaged(f *testing.F) {
	f.Add(demoStaged().marshal())
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := parseStaged(data)
		if err != nil {
			return
		}
		again, err := parseStaged(s.marshal())
		require.NoError(t, err)
		require.Equal(t, s, again)
	})
}

func FuzzParseOrigin(f *testing.F) {
	f.Add([]byte("[origin]\nrefspec=a:b\n\n[libostree-transient]\npinned=true\n"))
	f.Add([]byte("# c\n[packages]\nrequested=vim;\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := ParseOrigin(data)
		if err != nil {
			return
		}
		o.RemoveTransient()
		again, err := ParseOrigin(o.Bytes())
		require.NoError(t, err)
		require.Equal(t, o.Refspec(), again.Refspec())
	})
}

func TestOrigin(t *testing.T) {
	o, err := ParseOrigin([]byte("[origin]\nrefspec=r:x\noverride-commit=abc\nunlocked=hotfix\nmine=1\n\n[packages]\nrequested=vim;\n\n[libostree-transient]\npinned=true\n"))
	require.NoError(t, err)
	require.Equal(t, "r:x", o.Refspec())
	o.RemoveTransient()
	require.Equal(t, "[origin]\nrefspec=r:x\nmine=1\n\n[packages]\nrequested=vim;\n", strings.TrimRight(string(o.Bytes()), "\n")+"\n")
}

func TestBootTarget(t *testing.T) {
	for _, bad := range []string{"/ostree/boot.2/a/b/0", "/ostree/boot.1/a/b", "ostree/boot.1/a/b/0", "/ostree/boot.1/../b/0", "/ostree/boot.1/a/b/x",
		"/ostree/boot.1/a/./0", "/ostree/boot.1/a/b/99999999999999999999"} {
		_, _, _, err := parseBootTarget(bad)
		require.Error(t, err, bad)
	}
	stateroot, boot, serial, err := parseBootTarget("/ostree/boot.1/os/abc/12")
	require.NoError(t, err)
	require.Equal(t, []any{"os", "abc", 12}, []any{stateroot, boot, serial})
}

func TestDeployName(t *testing.T) {
	sum := strings.Repeat("0a", 32)
	c, serial, err := parseDeployName(sum + ".17")
	require.NoError(t, err)
	require.Equal(t, sum, c.String())
	require.Equal(t, 17, serial)
	for _, bad := range []string{sum, sum + ".", sum + ".x", "x.0", sum[:10] + ".0", "../" + sum + ".0", sum + ".99999999999999999999"} {
		_, _, err := parseDeployName(bad)
		require.EqualError(t, err, "Invalid deploy name '"+bad+"', expected CHECKSUM.TREESERIAL")
	}
}
