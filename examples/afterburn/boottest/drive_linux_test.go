package boottest_test

import (
	"maps"
	"os"
	"path/filepath"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/afterburn/fakecloud"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// proxmoxKey is the key that the drive has. Scaleway's example gives other ones.
const proxmoxKey = fakecloud.Key2 + " core@pve"

// goodDrive is what Proxmox VE writes for a machine with a static address.
var goodDrive = map[string]string{
	"meta-data":   "instance-id: 0a1b\n",
	"user-data":   "#cloud-config\nhostname: pve1\nmanage_etc_hosts: true\nssh_authorized_keys:\n  - " + proxmoxKey + "\n",
	"vendor-data": "",
	"network-config": `version: 1
config:
    - type: physical
      name: eth0
      mac_address: '52:54:00:12:34:56'
      subnets:
      - type: static
        address: '192.0.2.40'
        netmask: '255.255.255.0'
        gateway: '192.0.2.1'
    - type: nameserver
      address:
      - '192.0.2.53'
`,
}

// strangeDrive is one with a network that nobody can tell to dracut: it is not known which servers are for whom.
func strangeDrive() map[string]string {
	files := maps.Clone(goodDrive)
	files["network-config"] += "    - type: nameserver\n      address: ['192.0.2.54']\n"
	return files
}

// drive makes the image of a drive with these files, in the way of the hypervisor.
func (m *machine) drive(name string, files map[string]string) string {
	m.t.Helper()
	dir := filepath.Join(m.dir, "drives", name)
	require.NoError(m.t, os.MkdirAll(dir, 0o755))
	for name, content := range files {
		require.NoError(m.t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644))
	}
	image := dir + ".iso"
	testutil.Run(m.t, &testutil.RunOptions{Must: true}, "genisoimage", "-quiet", "-iso-level", "3", "-R", "-V", "cidata", "-o", image, dir)
	return image
}
