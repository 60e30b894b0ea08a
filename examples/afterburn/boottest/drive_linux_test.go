package boottest_test

import (
	"os"
	"path/filepath"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/afterburn/fakecloud"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// proxmoxKey is the key that the drive has. Scaleway's example gives other ones.
const proxmoxKey = fakecloud.Key2 + " core@pve"

// documents are what Proxmox VE writes for a machine with a static address.
var documents = map[string]string{
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

// drive makes the image of the drive, in the way of the hypervisor.
func (m *machine) drive() string {
	m.t.Helper()
	dir := filepath.Join(m.dir, "drive")
	require.NoError(m.t, os.Mkdir(dir, 0o755))
	for name, content := range documents {
		require.NoError(m.t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644))
	}
	image := dir + ".iso"
	testutil.Run(m.t, &testutil.RunOptions{Must: true}, "genisoimage", "-quiet", "-iso-level", "3", "-R", "-V", "cidata", "-o", image, dir)
	return image
}
