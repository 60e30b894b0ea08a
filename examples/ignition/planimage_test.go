package main

import (
	"crypto/sha256"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/testutil"
)

// TestPlanImage plans with a disk image: what is in its partition table decides.
func TestPlanImage(t *testing.T) {
	sgdisk := testutil.Tool(t, "sgdisk")
	m := newMachine(t, "")
	image := m.in("disk.img")
	m.write("disk.img", "")
	require.NoError(t, os.Truncate(image, 300<<20))
	out, err := exec.Command(sgdisk, "-n", "1:2048:+64M", "-c", "1:boot", "-n", "2:0:+100M", "-c", "2:root", image).CombinedOutput()
	require.NoError(t, err, "%s", out)
	before := sha256.Sum256([]byte(m.read("disk.img")))
	m.write("p.ign", minimal(`,"storage":{"disks":[{"device":"/dev/vda","partitions":[
			{"number":1,"label":"boot"},
			{"number":2,"label":"root","sizeMiB":150,"resize":true},
			{"number":3,"label":"data"}]}],
		"filesystems":[{"device":"/dev/disk/by-partlabel/data","format":"xfs","path":"/var/data"}],
		"files":[{"path":"/var/data/x"}]}`))

	r := runProgram(t, m.env, "", "ignition", "plan", "-c", m.in("p.ign"), image)
	require.Zero(t, r.code, r.stdout+r.stderr)
	require.Regexp(t, `keep +partition +/dev/vda1`, r.stdout)
	require.Regexp(t, `change +partition +/dev/vda2 +resized`, r.stdout)
	require.Regexp(t, `create +partition +/dev/vda3`, r.stdout)
	require.Regexp(t, `format +filesystem +/dev/disk/by-partlabel/data +xfs`, r.stdout)
	require.Regexp(t, `mount +filesystem +/var/data`, r.stdout)
	require.NotContains(t, r.stdout, "DATA LOST")

	m.write("p.ign", minimal(`,"storage":{"disks":[{"device":"/dev/vda","partitions":[{"number":1,"label":"other"}]}]}`))
	r = runProgram(t, m.env, "", "ignition", "plan", "-c", m.in("p.ign"), image)
	require.Equal(t, 1, r.code)
	require.Regexp(t, `fail +partition +/dev/vda1 +.*label did not match`, r.stdout)
	require.Equal(t, before, sha256.Sum256([]byte(m.read("disk.img"))))
}
