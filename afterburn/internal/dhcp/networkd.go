package dhcp

import (
	"bufio"
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	netifDir = "run/systemd/netif"
	// maxState bounds the files of networkd that are read. Real ones have some hundred bytes.
	maxState = 64 << 10
)

// readLeases looks at the leases that systemd-networkd has saved.
func (l *lookup) readLeases() (v view) {
	if info, err := l.root.Stat(netifDir); err != nil || !info.IsDir() {
		return view{}
	}
	v.exists = true
	indices, err := l.interfaces()
	if err != nil {
		l.log.Debug("cannot list network interfaces", "error", err)
		v.busy = true
		return v
	}
	for _, index := range indices {
		name := strconv.Itoa(index)
		lease := l.state("leases/" + name)
		v.lease = v.lease || len(lease) > 0
		if value, found := lookupKey(lease, l.keys.networkd); found {
			if acceptable(value) {
				v.value, v.ok = value, true
				return v
			}
			l.log.Debug("unusable DHCP option in lease", "interface", index, "key", l.keys.networkd)
		}
		v.busy = v.busy || linkBusy(l.state("links/"+name))
	}
	return v
}

// state returns the lines of a file of networkd; nil if there is none.
func (l *lookup) state(name string) []string {
	f, err := l.root.OpenFile(netifDir+"/"+name, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	var lines []string
	scanner := bufio.NewScanner(io.LimitReader(f, maxState))
	for scanner.Scan() {
		lines = append(lines, scanner.Text())
	}
	return lines
}

// lookupKey returns the value of the first line KEY=VALUE.
func lookupKey(lines []string, key string) (string, bool) {
	for _, line := range lines {
		if name, value, ok := strings.Cut(line, "="); ok && name == key {
			return value, true
		}
	}
	return "", false
}

// linkBusy tells whether networkd is setting an interface up. One without carrier stays
// in set-up for as long as nobody plugs a cable in.
func linkBusy(link []string) bool {
	switch operational, _ := lookupKey(link, "OPER_STATE"); operational {
	case "missing", "off", "no-carrier":
		return false
	}
	switch set, _ := lookupKey(link, "ADMIN_STATE"); set {
	case "pending", "initialized", "configuring":
		return true
	}
	return false
}
