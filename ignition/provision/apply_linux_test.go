package provision_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/ignition/provision"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// TestApplyIsDurable looks, when Apply has returned, at the device below a file system: names and
// contents are there, in the root and in what is mounted in it.
func TestApplyIsDurable(t *testing.T) {
	testutil.Loop(t)
	root := t.TempDir()
	outer := mountImage(t, root)
	require.NoError(t, os.Mkdir(filepath.Join(root, "var"), 0o755))
	inner := mountImage(t, filepath.Join(root, "var"))
	var files []string
	for _, dir := range []string{"/etc", "/var/lib"} {
		files = append(files, fmt.Sprintf(`{"path":"%s/name-of-file","contents":{"source":"data:,%s"}}`, dir, strings.Repeat("durable", 1000)))
	}
	config := `{"ignition":{"version":"3.4.0"},"storage":{"files":[` + strings.Join(files, ",") + `]}}`
	require.NoError(t, provision.Apply(t.Context(), []byte(config), &provision.ApplyOptions{Root: root}))
	for _, image := range []string{outer, inner} {
		data, err := os.ReadFile(image)
		require.NoError(t, err)
		require.True(t, bytes.Contains(data, []byte("durabledurable")), "contents")
		require.True(t, bytes.Contains(data, []byte("name-of-file")), "names")
	}
}

// mountImage mounts a new file system, and returns the file that has it.
func mountImage(t *testing.T, dir string) string {
	image := filepath.Join(t.TempDir(), "image")
	require.NoError(t, os.WriteFile(image, nil, 0o600))
	require.NoError(t, os.Truncate(image, 32<<20))
	must := &testutil.RunOptions{Must: true}
	testutil.Run(t, must, testutil.Tool(t, "mkfs.ext4"), "-q", image)
	testutil.Run(t, must, testutil.Tool(t, "mount"), "-o", "loop", image, dir)
	t.Cleanup(func() { require.NoError(t, exec.Command("umount", dir).Run()) })
	return image
}
