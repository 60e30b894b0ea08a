package main

import (
	"bytes"
	"crypto/sha512"
	_ "embed"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"strings"

	"github.com/nestos-dev/nestos/ignition/butane"
)

const (
	// What the cloud says about the machine.
	hostname   = "machine-1.example.org"
	instanceID = "0a1b2c3d"
	address    = "10.0.2.15"
	gateway    = "10.0.2.2" // this host
	// configKey is a key that the config gives to the user core, cloudKey one that the cloud does.
	configKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDmJvZJxDO0Yx8m0xgX7Yt0l0TgVxk3zV2r2k9Qh0y6b ada@example.org"
	cloudKey  = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB ops@example.org"
	// payload is what the config has fetched.
	payload = "fetched while there was no root yet\n"
)

//go:embed os/machine.bu
var butaneText string

// makeDrive makes the config drive as Proxmox VE does: its own settings in user-data, and what its "cicustom" option
// names, here a config of Ignition, in vendor-data.
func (l *life) makeDrive() (string, error) {
	sum := sha512.Sum512([]byte(payload))
	text := strings.NewReplacer(
		"@KEY@", configKey, "@PAYLOAD@", l.site.payloadURL, "@HASH@", "sha512-"+hex.EncodeToString(sum[:]), "@LAYERS@", l.site.layersURL,
		"@GROUP@", group, "@GRAPH@", l.site.graphURL, "@LOCK@", l.site.lockURL,
	).Replace(butaneText)
	res, err := butane.Translate([]byte(text), nil)
	if err != nil || len(res.Report.Entries) > 0 {
		return "", fmt.Errorf("%w\n%s", err, butane.FormatReport(res.Report, []byte(text), nil))
	}
	l.log("Ignition config:\n%s", res.Output)
	files := map[string]string{
		"user-data":   "#cloud-config\nhostname: " + hostname + "\nssh_authorized_keys:\n- " + cloudKey + "\n",
		"vendor-data": string(res.Output) + "\n",
		"meta-data":   "instance-id: " + instanceID + "\n",
		"network-config": `version: 1
config:
- type: physical
  name: eth0
  mac_address: '52:54:00:12:34:56'
  subnets:
  - type: static
    address: '` + address + `'
    netmask: '255.255.255.0'
    gateway: '` + gateway + `'
- type: nameserver
  address:
  - '10.0.2.3'
`,
	}
	l.drive = l.path("cidata.iso")
	return fmt.Sprintf("Ignition %s", res.IgnitionVersion), os.WriteFile(l.drive, isoImage("cidata", files), 0o644)
}

// isoImage makes an ISO 9660 file system with files in its root directory. Their names are in upper case with a version
// in it, which Linux does not show.
func isoImage(label string, files map[string]string) []byte {
	const (
		sector                     = 2048
		descriptor, end            = 16, 17
		pathTable, pathTableMSB    = 18, 19
		root, firstFile, tableSize = 20, 21, 10
	)
	both16 := func(b []byte, v uint16) {
		binary.LittleEndian.PutUint16(b, v)
		binary.BigEndian.PutUint16(b[2:], v)
	}
	both32 := func(b []byte, v uint32) {
		binary.LittleEndian.PutUint32(b, v)
		binary.BigEndian.PutUint32(b[4:], v)
	}
	record := func(name string, at, size int, flags byte) []byte {
		b := make([]byte, (33+len(name)+1)&^1)
		b[0] = byte(len(b))
		both32(b[2:], uint32(at))
		both32(b[10:], uint32(size))
		copy(b[18:], []byte{124, 1, 1, 0, 0, 0, 0}) // 2024-01-01
		b[25] = flags
		both16(b[28:], 1)
		b[32] = byte(len(name))
		copy(b[33:], name)
		return b
	}
	const directory = 2

	image := make([]byte, firstFile*sector)
	entries := append(record("\x00", root, sector, directory), record("\x01", root, sector, directory)...)
	for _, name := range sortedKeys(files) {
		at := len(image) / sector
		entries = append(entries, record(strings.ToUpper(name)+".;1", at, len(files[name]), 0)...)
		image = append(image, files[name]...)
		image = append(image, make([]byte, -len(image)&(sector-1))...)
	}
	copy(image[root*sector:(root+1)*sector], entries)

	d := image[descriptor*sector : end*sector]
	copy(d[8:], bytes.Repeat([]byte(" "), 64))
	copy(d[190:813], bytes.Repeat([]byte(" "), 623))
	copy(d, "\x01CD001\x01")
	copy(d[40:72], label)
	both32(d[80:], uint32(len(image)/sector))
	both16(d[120:], 1)
	both16(d[124:], 1)
	both16(d[128:], sector)
	both32(d[132:], tableSize)
	binary.LittleEndian.PutUint32(d[140:], pathTable)
	binary.BigEndian.PutUint32(d[148:], pathTableMSB)
	copy(d[156:], record("\x00", root, sector, directory))
	for i := range 4 {
		copy(d[813+17*i:], "0000000000000000")
	}
	d[881] = 1
	copy(image[end*sector:], "\xffCD001\x01")
	copy(image[pathTable*sector:], []byte{1, 0, root, 0, 0, 0, 1, 0})
	copy(image[pathTableMSB*sector:], []byte{1, 0, 0, 0, 0, root, 0, 1})
	return image
}
