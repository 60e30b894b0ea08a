package prepareroot

import (
	"encoding/binary"
	"strings"

	"golang.org/x/sys/unix"
)

// journalSend gives a message with its fields to the system's journal, if there is
// one. Nothing depends on its arrival.
func journalSend(socket string, fields [][2]string) {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return
	}
	defer unix.Close(fd)
	_ = unix.Sendto(fd, journalDatagram(fields), unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, &unix.SockaddrUnix{Name: socket})
}

// journalDatagram writes the fields in the journal's native protocol, in which
// values with line feeds are preceded by their length.
func journalDatagram(fields [][2]string) []byte {
	var b []byte
	for _, f := range fields {
		if strings.Contains(f[1], "\n") {
			b = append(append(b, f[0]...), '\n')
			b = binary.LittleEndian.AppendUint64(b, uint64(len(f[1])))
		} else {
			b = append(append(b, f[0]...), '=')
		}
		b = append(append(b, f[1]...), '\n')
	}
	return b
}
