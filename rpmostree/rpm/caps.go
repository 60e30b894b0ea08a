package rpm

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// CapsXattr is the extended attribute that file capabilities are stored in.
const CapsXattr = "security.capability"

// capabilityNames are the names of Linux's capabilities by their number.
var capabilityNames = [...]string{
	"cap_chown", "cap_dac_override", "cap_dac_read_search", "cap_fowner", "cap_fsetid", "cap_kill", "cap_setgid",
	"cap_setuid", "cap_setpcap", "cap_linux_immutable", "cap_net_bind_service", "cap_net_broadcast", "cap_net_admin",
	"cap_net_raw", "cap_ipc_lock", "cap_ipc_owner", "cap_sys_module", "cap_sys_rawio", "cap_sys_chroot",
	"cap_sys_ptrace", "cap_sys_pacct", "cap_sys_admin", "cap_sys_boot", "cap_sys_nice", "cap_sys_resource",
	"cap_sys_time", "cap_sys_tty_config", "cap_mknod", "cap_lease", "cap_audit_write", "cap_audit_control",
	"cap_setfcap", "cap_mac_override", "cap_mac_admin", "cap_syslog", "cap_wake_alarm", "cap_block_suspend",
	"cap_audit_read", "cap_perfmon", "cap_bpf", "cap_checkpoint_restore",
}

// capSets are sets of capabilities as bits: effective, permitted, inheritable.
type capSets struct{ e, p, i uint64 }

// ParseCaps turns the capabilities of a file as a package has them in text, "cap_net_admin,cap_net_raw=ep", into the
// value of the attribute CapsXattr. Both spellings of libcap are read, and nil is returned for none.
func ParseCaps(text string) ([]byte, error) {
	sets, err := parseCapText(text)
	if err != nil || sets == (capSets{}) {
		return nil, err
	}
	// The kernel keeps one bit for effective: it is of all capabilities or of none.
	flags := uint32(0x02000000)
	if sets.e != 0 {
		if sets.e != sets.p|sets.i {
			return nil, fmt.Errorf("capabilities %q cannot be given to a file", text)
		}
		flags |= 1
	}
	b := binary.LittleEndian.AppendUint32(nil, flags)
	for _, v := range [...]uint64{sets.p, sets.i, sets.p >> 32, sets.i >> 32} {
		b = binary.LittleEndian.AppendUint32(b, uint32(v))
	}
	return b, nil
}

// parseXattrCaps reads the attribute's value, of any revision.
func parseXattrCaps(b []byte) (sets capSets, ok bool) {
	if len(b) < 12 {
		return sets, false
	}
	word := func(i int) uint64 { return uint64(binary.LittleEndian.Uint32(b[4*i:])) }
	flags := word(0)
	sets.p, sets.i = word(1), word(2)
	if flags>>24 >= 2 {
		if len(b) < 20 {
			return sets, false
		}
		sets.p |= word(3) << 32
		sets.i |= word(4) << 32
	}
	if flags&1 != 0 {
		sets.e = sets.p | sets.i
	}
	return sets, true
}

// parseCapText reads clauses separated by blanks: a list of names, and operators with letters of sets.
func parseCapText(text string) (sets capSets, err error) {
	for _, clause := range strings.Fields(text) {
		i := strings.IndexAny(clause, "=+-")
		if i < 0 {
			return sets, fmt.Errorf("invalid capabilities %q", text)
		}
		mask, err := parseCapNames(clause[:i])
		if err != nil {
			return sets, fmt.Errorf("invalid capabilities %q: %w", text, err)
		}
		for rest := clause[i:]; rest != ""; {
			op := rest[0]
			rest = rest[1:]
			end := strings.IndexAny(rest, "=+-")
			if end < 0 {
				end = len(rest)
			}
			if err := sets.apply(op, mask, rest[:end]); err != nil {
				return sets, fmt.Errorf("invalid capabilities %q: %w", text, err)
			}
			rest = rest[end:]
		}
	}
	return sets, nil
}

func parseCapNames(list string) (mask uint64, err error) {
	const all = 1<<len(capabilityNames) - 1
	if list == "" || strings.EqualFold(list, "all") {
		return all, nil
	}
	for name := range strings.SplitSeq(list, ",") {
		n := slices.Index(capabilityNames[:], strings.ToLower(name))
		if n < 0 {
			v, err := strconv.ParseUint(name, 10, 6)
			if err != nil {
				return 0, fmt.Errorf("unknown capability %q", name)
			}
			n = int(v)
		}
		mask |= 1 << n
	}
	return mask, nil
}

// apply does one operation: "=" sets exactly the named sets, "+" adds, "-" removes.
func (s *capSets) apply(op byte, mask uint64, letters string) error {
	if op == '=' {
		s.e, s.p, s.i = s.e&^mask, s.p&^mask, s.i&^mask
	}
	for _, letter := range letters {
		var set *uint64
		switch letter {
		case 'e':
			set = &s.e
		case 'p':
			set = &s.p
		case 'i':
			set = &s.i
		default:
			return fmt.Errorf("unknown set %q", letter)
		}
		if op == '-' {
			*set &^= mask
		} else {
			*set |= mask
		}
	}
	return nil
}
