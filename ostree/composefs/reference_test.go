package composefs_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/ostree/composefs"
)

// mkcomposefs makes the image of the same tree.
func mkcomposefs(t *testing.T, tool, option string, root *composefs.Node) []byte {
	t.Helper()
	var text strings.Builder
	require.NoError(t, composefs.Dump(&text, root))
	out := filepath.Join(t.TempDir(), "image")
	cmd := exec.CommandContext(t.Context(), tool, option, "--from-file", "-", out)
	cmd.Stdin = strings.NewReader(text.String())
	msg, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", msg)
	image, err := os.ReadFile(out)
	require.NoError(t, err)
	return image
}

// The reference implementation must make the same images, bit for bit.
func TestAgainstMkcomposefs(t *testing.T) {
	tool, err := exec.LookPath("mkcomposefs")
	if err != nil {
		t.Skip("mkcomposefs is not installed")
	}
	for seed := range uint64(30) {
		root := newGenerator(seed, 2000).dir("", 0)
		for _, n := range root.All() {
			if n.Size > 0 && n.Content == nil && n.IsRegular() {
				if n.Digest == nil { // objects are named by their digest
					n.Digest = &[32]byte{byte(n.Size)}
				}
				n.Payload = fmt.Sprintf("%02x/%x", n.Digest[0], n.Digest[1:])
			}
		}
		for option, version := range map[string]composefs.Version{
			"--max-version=0": composefs.Version0, "--min-version=1": composefs.Version1,
		} {
			image, _ := write(t, root, &composefs.Options{Version: version})
			require.True(t, bytes.Equal(mkcomposefs(t, tool, option, root), image), "seed %d, %s", seed, option)
		}
	}
}
