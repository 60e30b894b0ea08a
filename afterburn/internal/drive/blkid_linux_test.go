package drive_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/testutil"
)

// TestLabelsOfBlkid makes devices of images and compares the labels with those that blkid finds.
func TestLabelsOfBlkid(t *testing.T) {
	blkid := testutil.Tool(t, "blkid")
	m := newMachine(t)
	dev := filepath.Join(m.Root, "dev")
	require.NoError(t, os.Mkdir(dev, 0o755))
	makeISOs(t, dev)
	makeFATs(t, dev)
	tree := configTree(t, false)
	for name, args := range map[string][]string{
		"long-label":    {"-V", "a label of more than sixteen"},
		"joliet-label":  {"-J", "-V", "a label of more than sixteen"},
		"lower-label":   {"-J", "-V", "cidata"},
		"no-label":      {"-V", ""},
		"unicode-label": {"-J", "-input-charset", "utf-8", "-V", "Ünï"},
	} {
		command(t, "genisoimage", append(append([]string{"-quiet"}, args...), "-o", filepath.Join(dev, name), tree)...)
	}
	for name, label := range map[string]string{"fat-lower": "config-2", "fat-none": "", "fat-blanks": "a b c"} {
		image := filepath.Join(dev, name)
		require.NoError(t, os.WriteFile(image, nil, 0o644))
		require.NoError(t, os.Truncate(image, 2<<20))
		args := []string{"-F", "12", image}
		if label != "" {
			args = append([]string{"-n", label}, args...)
		}
		command(t, "mkfs.vfat", args...)
	}
	images, err := os.ReadDir(dev)
	require.NoError(t, err)
	found := 0
	for _, image := range images {
		class := filepath.Join(m.Root, "sys/class/block")
		require.NoError(t, os.RemoveAll(class))
		m.write("sys/class/block/"+image.Name()+"/size", []byte("4096\n"))
		out, _ := exec.Command(blkid, "-p", "-o", "value", "-s", "LABEL", filepath.Join(dev, image.Name())).Output()
		want := strings.TrimSuffix(string(out), "\n")
		device, label, err := m.Probe(t.Context(), want, "config-2", "CONFIG-2", "cidata")
		if want == "" {
			require.Error(t, err, image.Name())
			continue
		}
		require.NoError(t, err, "%s: %q", image.Name(), want)
		require.Equal(t, "/dev/"+image.Name(), device)
		require.Equal(t, want, label)
		found++
	}
	require.Greater(t, found, 20)
}
