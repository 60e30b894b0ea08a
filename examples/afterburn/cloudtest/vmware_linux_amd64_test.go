package cloudtest

import (
	"debug/elf"
	"debug/gosym"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/guestinfo"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// TestNotVMware: the program must not touch the hypervisor's ports where there is none.
func TestNotVMware(t *testing.T) {
	t.Parallel()
	if here, err := guestinfo.Here(); here || err != nil {
		t.Skip("this may be a machine of VMware:", here, err)
	}
	m := newMachine(t)
	m.bad("failed to run\n\nCaused by:\n    0: fetching metadata from provider\n    1: not running on VMWare CPU\n", "--provider=vmware", "--attributes="+out+"/attributes")
	m.sameFiles("files", m.files(out), nil)
	m.bad("failed to run\n\nCaused by:\n    not running on VMWare CPU\n", "exp", "rd-network-kargs", "--provider=vmware", "--default-value=ip=auto")
	m.same("network arguments", m.read(kargsFile), "")
}

// TestVMware plays the hypervisor. The processor's answer comes from a breakpoint at the program's CPUID instruction;
// its port instructions are real, and fault, as the program may not become privileged enough for them.
func TestVMware(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.must(unix.Prctl(unix.PR_CAPBSET_DROP, unix.CAP_SYS_RAWIO, 0, 0, 0)) // of this thread, for iopl(2) to fail
	h := &hypervisor{machine: m, cpuid: m.cpuidInstruction()}
	const netplan = "network:\n  ethernets:\n    nics:\n      match:\n        name: ens*\n"
	kargs := "ip=192.0.2.60::192.0.2.1:255.255.255.0::ens192:off nameserver=192.0.2.53"
	for name, c := range map[string]struct {
		variables      map[string]string
		netplan, kargs string
	}{
		"plain": {map[string]string{
			"metadata":                       `{"network":{"ethernets":{"nics":{"match":{"name":"ens*"}}}},"x":0}`,
			"afterburn.initrd.network-kargs": kargs,
		}, netplan, kargs + "\n"},
		"encoded": {map[string]string{
			// {"network": {"ethernets": {"nics": {"match": {"name": "ens*"}}}}}
			"metadata":          "eyJuZXR3b3JrIjogeyJldGhlcm5ldHMiOiB7Im5pY3MiOiB7Im1hdGNoIjogeyJuYW1lIjogImVucyoifX19fX0=",
			"metadata.encoding": "base64",
		}, netplan, "ip=auto\n"},
		"nothing": {nil, "", "ip=auto\n"},
	} {
		m.clean()
		h.variables, h.opened, h.asked = c.variables, 0, nil
		h.run("--provider=vmware", "--attributes="+out+"/attributes", "--netplan-config="+out+"/netplan", "--hostname="+out+"/hostname")
		if want := "afterburn.initrd.network-kargs metadata metadata.encoding"; strings.Join(h.asked, " ") != want || h.opened != 3 {
			t.Errorf("%s: asked for %q over %d channels", name, h.asked, h.opened)
		}
		m.same(name, m.read(out+"/netplan/50-afterburn.yaml"), c.netplan)
		m.same(name, m.read(out+"/attributes"), "")
		m.sameMode(out+"/attributes", 0o644)
		m.cmdline("ignition.platform.id=vmware")
		h.run("exp", "rd-network-kargs", "--cmdline", "--default-value=ip=auto")
		m.same(name, m.read(kargsFile), c.kargs)
	}
}

// cpuidInstruction returns the address of the instruction by which the program asks the processor about VMware.
func (m *machine) cpuidInstruction() uintptr {
	const function = "github.com/vmware/vmw-guestinfo/vmcheck.cpuid_low"
	f, err := elf.Open(m.bin)
	m.must(err)
	defer f.Close()
	text := f.Section(".text")
	table, err := f.Section(".gopclntab").Data()
	m.must(err)
	symbols, err := gosym.NewTable(nil, gosym.NewLineTable(table, text.Addr))
	m.must(err)
	fn := symbols.LookupFunc(function)
	if fn == nil {
		m.Fatal("the program has no", function)
	}
	code := make([]byte, fn.End-fn.Entry)
	_, err = text.ReadAt(code, int64(fn.Entry-text.Addr))
	m.must(err)
	at := strings.Index(string(code), "\x0f\xa2")
	if at < 0 {
		m.Fatal("no CPUID in", function)
	}
	return uintptr(fn.Entry) + uintptr(at)
}

// hypervisor runs the program and answers what it asks its host.
type hypervisor struct {
	*machine
	cpuid     uintptr
	variables map[string]string // guestinfo.…

	opened int      // channels
	asked  []string // variables
	open   bool     // the channel
	size   int      // of the command that is announced
	answer string
}

// The numbers of the protocol.
const (
	magic       = 0x564d5868
	port        = 0x5658
	highPort    = 0x5659
	getVersion  = 10
	messages    = 0x1e
	rpcProtocol = 0xc9435052

	channel, cookie1, cookie2 = 3, 0x11223344, 0x55667788

	success, haveMessage, highBandwidth = 1 << 16, 2 << 16, 0x80 << 16
)

// run runs the program under ptrace(2). The goroutine is bound to its thread, as that needs.
func (h *hypervisor) run(args ...string) {
	h.Helper()
	log, err := os.Create("/run/log")
	h.must(err)
	defer log.Close()
	pid, err := syscall.ForkExec(h.bin, append([]string{h.bin}, args...), &syscall.ProcAttr{
		Env: h.env, Files: []uintptr{0, log.Fd(), log.Fd()}, Sys: &syscall.SysProcAttr{Ptrace: true},
	})
	if errors.Is(err, unix.EPERM) {
		testutil.Missing(h, "needs ptrace(2): %v", err)
	}
	h.must(err)
	var status unix.WaitStatus
	_, err = unix.Wait4(pid, &status, unix.WALL, nil)
	h.must(err)
	h.must(unix.PtraceSetOptions(pid, unix.PTRACE_O_TRACECLONE|unix.PTRACE_O_EXITKILL))
	_, err = unix.PtracePokeText(pid, h.cpuid, []byte{0xcc})
	h.must(err)
	h.must(unix.PtraceCont(pid, 0))
	if status = h.follow(pid); status.ExitStatus() != 0 || h.open {
		h.Fatalf("%v: exit %d, channel left open: %v\n%s", args, status.ExitStatus(), h.open, h.read("/run/log"))
	}
}

// follow lets the program and its threads run until it ends.
func (h *hypervisor) follow(pid int) unix.WaitStatus {
	started := map[int]bool{pid: true}
	for {
		var status unix.WaitStatus
		tid, err := unix.Wait4(-1, &status, unix.WALL|unix.WNOTHREAD, nil)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		h.must(err)
		if !status.Stopped() {
			if tid == pid {
				return status
			}
			continue
		}
		signal := status.StopSignal()
		switch {
		case status.TrapCause() > 0, signal == unix.SIGSTOP && !started[tid]: // a new thread, or the news of it
			started[tid] = started[tid] || signal == unix.SIGSTOP
			signal = 0
		case signal == unix.SIGTRAP, signal == unix.SIGSEGV:
			if h.trap(tid) {
				signal = 0
			}
		}
		if err := unix.PtraceCont(tid, int(signal)); err != nil && !errors.Is(err, unix.ESRCH) {
			h.Fatal(err)
		}
	}
}

// trap carries out the instruction that a thread cannot, if it is one for a hypervisor.
func (h *hypervisor) trap(tid int) bool {
	var r unix.PtraceRegs
	h.must(unix.PtraceGetRegs(tid, &r))
	if uintptr(r.Rip) == h.cpuid+1 {
		vmwareCPU(&r)
		r.Rip++ // the breakpoint is the first of two bytes
	} else {
		var code [2]byte
		_, err := unix.PtracePeekText(tid, uintptr(r.Rip), code[:])
		h.must(err)
		switch {
		case code[0] == 0xed && uint16(r.Rdx) == port: // IN EAX, DX
			h.in(&r)
			r.Rip++
		case code == [2]byte{0xf3, 0x6e} && uint16(r.Rdx) == highPort: // REP OUTSB
			h.receive(tid, &r)
			r.Rip += 2
		case code == [2]byte{0xf3, 0x6c} && uint16(r.Rdx) == highPort: // REP INSB
			h.send(tid, &r)
			r.Rip += 2
		default:
			return false
		}
	}
	h.must(unix.PtraceSetRegs(tid, &r))
	return true
}

// vmwareCPU is CPUID on a machine of VMware.
func vmwareCPU(r *unix.PtraceRegs) {
	switch uint32(r.Rax) {
	case 1:
		r.Rcx = 1 << 31
	case 0x40000000:
		r.Rbx, r.Rcx, r.Rdx = 0x61774d56, 0x4d566572, 0x65726177 // VMwareVMware
	}
}

// in is a command in the registers. The host refuses what is not as it must be.
func (h *hypervisor) in(r *unix.PtraceRegs) {
	command, step := uint16(r.Rcx), uint16(r.Rcx>>16)
	onChannel := h.open && r.Rdx>>16 == channel && r.Rsi == cookie1 && r.Rdi == cookie2
	r.Rcx = 0
	switch {
	case uint32(r.Rax) != magic:
	case command == getVersion:
		r.Rax, r.Rbx = 6, magic
	case command != messages:
	case step == 0 && !h.open && uint32(r.Rbx) == rpcProtocol:
		h.open = true
		h.opened++
		r.Rcx, r.Rdx, r.Rsi, r.Rdi = success, channel<<16|port, cookie1, cookie2
	case step == 1 && onChannel: // the size of a command, which is sent next
		h.size = int(uint32(r.Rbx))
		r.Rcx = success | highBandwidth
	case step == 3 && onChannel && h.answer != "": // the size of the answer, which is fetched next
		r.Rbx, r.Rcx, r.Rdx = uint64(len(h.answer)), success|haveMessage|highBandwidth, 1<<16|port
	case step == 5 && onChannel && r.Rbx&1 != 0: // it has arrived
		h.answer = ""
		r.Rcx = success
	case step == 6 && onChannel:
		h.open = false
		r.Rcx = success
	}
}

// receive takes a command from the program's memory.
func (h *hypervisor) receive(tid int, r *unix.PtraceRegs) {
	ok := uint32(r.Rax) == magic && uint32(r.Rbx) == success && h.open && r.Rdx>>16 == channel && r.Rbp == cookie1 && r.Rdi == cookie2 && int(r.Rcx) == h.size
	r.Rbx = 0
	if !ok {
		return
	}
	text := make([]byte, h.size)
	_, err := unix.PtracePeekData(tid, uintptr(r.Rsi), text)
	h.must(err)
	h.answer = "0 Unknown command"
	if name, ok := strings.CutPrefix(strings.TrimSuffix(string(text), "\x00"), "info-get guestinfo."); ok {
		h.asked = append(h.asked, name)
		h.answer = "0 No value found"
		if value, ok := h.variables[name]; ok {
			h.answer = "1 " + value
		}
	}
	r.Rbx, r.Rcx, r.Rsi = success, 0, r.Rsi+uint64(h.size)
}

// send puts the answer into the program's memory.
func (h *hypervisor) send(tid int, r *unix.PtraceRegs) {
	ok := uint32(r.Rax) == magic && uint32(r.Rbx) == success && h.open && r.Rdx>>16 == channel && r.Rsi == cookie1 && r.Rbp == cookie2 && int(r.Rcx) == len(h.answer)
	r.Rbx = 0
	if !ok {
		return
	}
	_, err := unix.PtracePokeData(tid, uintptr(r.Rdi), []byte(h.answer))
	h.must(err)
	r.Rbx, r.Rcx, r.Rdi = success, 0, r.Rdi+uint64(len(h.answer))
}
