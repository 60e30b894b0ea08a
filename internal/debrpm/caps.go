package debrpm

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// capNames are the names of capabilities by their numbers.
var capNames = strings.Fields(`chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable
	net_bind_service net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct
	sys_admin sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease audit_write audit_control setfcap mac_override
	mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore`)

// capText writes the extended attribute security.capability, a struct vfs_cap_data of version 2 or 3, in the form of
// cap_to_text(3).
func capText(xattr []byte) (string, error) {
	if len(xattr) != 20 && len(xattr) != 24 {
		return "", fmt.Errorf("%w: capabilities of %d bytes", ErrFormat, len(xattr))
	}
	word := func(i int) uint64 { return uint64(binary.LittleEndian.Uint32(xattr[4*i:])) }
	permitted, inheritable := word(1)|word(3)<<32, word(2)|word(4)<<32
	effective := word(0)&1 != 0
	var clauses []string
	for _, flags := range []string{"p", "i", "ip"} {
		var names []string
		for i, name := range capNames {
			p, in := permitted>>i&1 != 0, inheritable>>i&1 != 0
			if p == strings.Contains(flags, "p") && in == strings.Contains(flags, "i") {
				names = append(names, "cap_"+name)
			}
		}
		if names == nil {
			continue
		}
		if effective {
			flags = "e" + flags
		}
		clauses = append(clauses, strings.Join(names, ",")+"="+flags)
	}
	return strings.Join(clauses, " "), nil
}
